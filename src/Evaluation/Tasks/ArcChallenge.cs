namespace ExpertDivergence.Evaluation;

/// <summary>ARC-Challenge, the harness's <c>arc_challenge</c>: as <see cref="ArcEasy"/>, over the questions that simple methods fail.</summary>
/// <remarks>Reads <c>arc/ARC-Challenge/ARC-Challenge-Test.jsonl</c>.</remarks>
public sealed class ArcChallenge : BenchmarkTask
{
    /// <inheritdoc/>
    public override string Name => "arc_challenge";

    /// <inheritdoc/>
    public override string Description => "grade-school science questions, hard set; full-text choices";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics { get; } = [Metric.Accuracy, Metric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot) =>
        [new BenchmarkSubset(Name, ArcQuestions.Load(benchmarksFolder, "ARC-Challenge", fewShot))];
}
