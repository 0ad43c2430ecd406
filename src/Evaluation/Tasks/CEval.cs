namespace ExpertDivergence.Evaluation;

/// <summary>C-Eval by letters, the harness's <c>ceval-valid</c>: choices listed, letters scored; acc and acc_norm, weighted by size.</summary>
/// <remarks>Reads <c>ceval/{dev,val}/SUBJECT_{dev,val}.csv</c> with headers <c>id, question, A, B, C, D, answer</c>. The test split's
/// answers are not published.</remarks>
public sealed class CEval : BenchmarkTask
{
    /// <inheritdoc/>
    public override string Name => "ceval";

    /// <inheritdoc/>
    public override string Description => "Chinese exams in 52 subjects; letters";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics { get; } = [Metric.Accuracy, Metric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot)
    {
        var folder = Folder(benchmarksFolder);
        var names = CEvalSubjects.Names(folder);
        return FourChoices.Subsets(
            folder, "val", fewShot,
            subject => $"ceval_{subject}",
            subject => $"以下是中国关于{names(subject)}的单项选择题，请选出其中的正确答案。\n\n",
            Rows,
            row => row.AsLetters("答案："));
    }

    internal static string Folder(string benchmarksFolder) => Path.Combine(benchmarksFolder, "ceval");

    internal static IEnumerable<FourChoices> Rows(string file) => CsvRows.Read(file, header: true).Select(row => FourChoices.From(
        row, row.Text("id"), row.Text("question"), [row.Text("A"), row.Text("B"), row.Text("C"), row.Text("D")], row.Text("answer")));
}
