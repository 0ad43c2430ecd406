using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>The stage Evaluate: benchmarks and held-out loss of a model, written as <c>scores.csv</c>, <c>items.jsonl</c>, <c>heldout.csv</c>.</summary>
public static partial class Evaluator
{
    /// <summary>Evaluates any language model.</summary>
    /// <param name="model">What is judged.</param>
    /// <param name="codec">Its tokenizer.</param>
    /// <param name="heldOut">The held-out sequences.</param>
    /// <param name="request">Tasks, folders, options.</param>
    /// <param name="outputFolder">Where the files go; made if it is not there.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="cancellation">Looked at before every batch; nothing is written when it strikes.</param>
    /// <exception cref="UsageException">A task or option is wrong.</exception>
    /// <exception cref="InputException">A file is missing or malformed.</exception>
    public static EvaluationSummary Evaluate(
        ILanguageModel model,
        ITextCodec codec,
        IEnumerable<HeldOutSequence> heldOut,
        EvaluationRequest request,
        string outputFolder,
        IProgressListener progress,
        CancellationToken cancellation = default)
    {
        var tasks = TasksOf(request);
        var benchmarks = BenchmarkRunner.Run(model, codec, tasks, request.BenchmarksFolder ?? "", request.Options, progress, cancellation);
        var losses = HeldOutLoss.Measure(model, codec, heldOut, request.Options, progress, cancellation);
        Directory.CreateDirectory(outputFolder);
        ResultFiles.WriteScores(outputFolder, benchmarks.Scores);
        ResultFiles.WriteItems(outputFolder, benchmarks.Items);
        ResultFiles.WriteHeldOut(outputFolder, losses);
        return new EvaluationSummary(benchmarks.Scores, losses);
    }

    // Asked for first, so that a wrong name is refused before a model is loaded.
    private static List<BenchmarkTask> TasksOf(EvaluationRequest request)
    {
        request.Options.Validated();
        if (request.Tasks.Count > 0 && request.BenchmarksFolder is null)
            throw new UsageException("benchmark tasks are asked for, but no folder of benchmarks", "Name the folder, or ask for no tasks.");
        return [.. request.Tasks.Distinct().Select(BenchmarkRegistry.Find)];
    }
}
