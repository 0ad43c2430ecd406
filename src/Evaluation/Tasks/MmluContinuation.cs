namespace ExpertDivergence.Evaluation;

/// <summary>MMLU in cloze form, the harness's <c>mmlu_continuation</c>: the choices are not shown, their texts are scored; acc and acc_norm.</summary>
/// <remarks>Small models show a signal here long before they understand letters. Files as for <see cref="Mmlu"/>.</remarks>
public sealed class MmluContinuation : BenchmarkTask
{
    /// <inheritdoc/>
    public override string Name => "mmlu_continuation";

    /// <inheritdoc/>
    public override string Description => "knowledge in 57 subjects; full-text choices";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics { get; } = [Metric.Accuracy, Metric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot) => FourChoices.Subsets(
        Mmlu.Folder(benchmarksFolder), "test", fewShot,
        subject => $"mmlu_{subject}_continuation",
        subject => $"The following are questions (with answers) about {Mmlu.Spaced(subject)}.\n\n",
        Mmlu.Rows,
        row => row.AsContinuation("Question: ", "Answer:"));
}
