namespace ExpertDivergence.Evaluation;

/// <summary>ARC-Easy, the harness's <c>arc_easy</c>: the answers' own texts are scored after the question; acc and acc_norm.</summary>
/// <remarks>Reads <c>arc/ARC-Easy/ARC-Easy-Test.jsonl</c> in the official form (<c>id, question{stem, choices[{text, label}]}, answerKey</c>),
/// or <c>arc_easy_test.jsonl</c> with rows <c>{query, choices, gold}</c>, whose query already begins with « Question: ».
/// Examples are the first rows of <c>ARC-Easy-Train.jsonl</c> (the harness draws them at random).</remarks>
public sealed class ArcEasy : BenchmarkTask
{
    /// <inheritdoc/>
    public override string Name => "arc_easy";

    /// <inheritdoc/>
    public override string Description => "grade-school science questions, easy set; full-text choices";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics { get; } = [Metric.Accuracy, Metric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot) =>
        [new BenchmarkSubset(Name, ArcQuestions.Load(benchmarksFolder, "ARC-Easy", fewShot))];
}
