namespace ExpertDivergence.Evaluation;

/// <summary>C-Eval in cloze form, this project's own: after « 题目：… 答案： » the choices' texts are scored; acc and acc_norm, weighted by size.</summary>
/// <remarks>No harness has it; it follows <c>mmlu_continuation</c>, the space before the choice included. Files as for <see cref="CEval"/>.</remarks>
public sealed class CEvalContinuation : BenchmarkTask
{
    /// <inheritdoc/>
    public override string Name => "ceval_continuation";

    /// <inheritdoc/>
    public override string Description => "Chinese exams in 52 subjects; full-text choices";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics { get; } = [Metric.Accuracy, Metric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot)
    {
        var folder = CEval.Folder(benchmarksFolder);
        var names = CEvalSubjects.Names(folder);
        return FourChoices.Subsets(
            folder, "val", fewShot,
            subject => $"ceval_{subject}_continuation",
            subject => $"以下是中国关于{names(subject)}的题目。\n\n",
            CEval.Rows,
            row => row.AsContinuation("题目：", "答案："));
    }
}
