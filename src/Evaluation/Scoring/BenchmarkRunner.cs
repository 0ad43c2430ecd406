using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>All scores of a run.</summary>
/// <param name="Scores">The rows of <c>scores.csv</c>.</param>
/// <param name="Items">The lines of <c>items.jsonl</c>.</param>
public sealed record BenchmarkResult(IReadOnlyList<TaskScore> Scores, IReadOnlyList<ItemScore> Items);

/// <summary>Runs benchmarks on a language model.</summary>
public static class BenchmarkRunner
{
    /// <summary>Runs the tasks in the order given.</summary>
    /// <param name="model">What is judged.</param>
    /// <param name="codec">The tokenizer it was trained with.</param>
    /// <param name="tasks">From <see cref="BenchmarkRegistry"/>.</param>
    /// <param name="benchmarksFolder">Holds the benchmarks' folders in their official layouts.</param>
    /// <param name="options">Few-shot examples, limits, batch size.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <exception cref="InputException">A benchmark's file is missing or malformed.</exception>
    public static BenchmarkResult Run(
        ILanguageModel model,
        ITextCodec codec,
        IEnumerable<BenchmarkTask> tasks,
        string benchmarksFolder,
        EvaluationOptions options,
        IProgressListener progress,
        CancellationToken cancellation = default)
    {
        var context = new EvaluationContext(model, codec, options.Validated(), progress, cancellation);
        var scores = new List<TaskScore>();
        var items = new List<ItemScore>();
        foreach (var task in tasks)
        {
            var results = Score(context, task, task.Load(benchmarksFolder, options.FewShot));
            scores.AddRange(ScoreTable.Of(task.Name, task.Metrics, results));
            items.AddRange(results);
        }

        return new BenchmarkResult(scores, items);
    }

    private static IReadOnlyList<ItemScore> Score(EvaluationContext context, BenchmarkTask task, IReadOnlyList<BenchmarkSubset> subsets) =>
        task is GenerationTask generation
            ? GenerationScorer.Score(context, generation, Items<GenerationItem>(context, subsets))
            : ChoiceScorer.Score(context, task, Items<ChoiceItem>(context, subsets));

    private static List<(string, T)> Items<T>(EvaluationContext context, IReadOnlyList<BenchmarkSubset> subsets)
        where T : BenchmarkItem =>
        [.. subsets.SelectMany(subset => subset.Items.Take(context.Options.Limit ?? int.MaxValue).Select(item => (subset.Name, (T)item)))];
}
