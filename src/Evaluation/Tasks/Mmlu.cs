namespace ExpertDivergence.Evaluation;

/// <summary>MMLU by letters, the harness's <c>mmlu</c>: choices listed, « A » to « D » scored; acc, weighted by size over subjects.</summary>
/// <remarks>Reads <c>mmlu/data/{dev,test}/SUBJECT_{dev,test}.csv</c>, without headers: question, four choices, letter.</remarks>
public sealed class Mmlu : BenchmarkTask
{
    /// <inheritdoc/>
    public override string Name => "mmlu";

    /// <inheritdoc/>
    public override string Description => "knowledge in 57 subjects; letters";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics { get; } = [Metric.Accuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot) => FourChoices.Subsets(
        Folder(benchmarksFolder), "test", fewShot,
        subject => $"mmlu_{subject}",
        subject => $"The following are multiple choice questions (with answers) about {Spaced(subject)}.\n\n",
        Rows,
        row => row.AsLetters("Answer:"));

    internal static string Folder(string benchmarksFolder) => Path.Combine(benchmarksFolder, "mmlu", "data");

    internal static string Spaced(string subject) => subject.Replace('_', ' ');

    internal static IEnumerable<FourChoices> Rows(string file) => CsvRows.Read(file, header: false).Select((row, index) =>
    {
        if (row.Fields.Count != 6)
            throw row.Malformed($"{row.Fields.Count} fields instead of 6 (question, four choices, letter)");
        return FourChoices.From(row, BenchmarkFiles.Number(index), row.Fields[0], [.. row.Fields.Skip(1).Take(4)], row.Fields[5]);
    });
}
