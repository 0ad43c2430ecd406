using CsvHelper;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>The micro-world's words, from the CSV files of <c>data/microworld</c>, which are embedded in this assembly.</summary>
internal static class DataTable
{
    public static IReadOnlyList<TopicRow> Topics => Read<TopicRow>("topics");

    public static IReadOnlyList<ValueRow> Values => Read<ValueRow>("values");

    public static IReadOnlyList<NameRow> Names => Read<NameRow>("names");

    public static IReadOnlyList<PhrasingRow> Phrasings => Read<PhrasingRow>("phrasings");

    public static IReadOnlyList<PartRow> Connectives => Read<PartRow>("connectives");

    public static IReadOnlyList<PartRow> Programs => Read<PartRow>("programs");

    public static IReadOnlyList<ProblemRow> Problems => Read<ProblemRow>("problems");

    public static IReadOnlyList<ThingRow> Things => Read<ThingRow>("things");

    private static List<T> Read<T>(string table)
    {
        using var stream = typeof(DataTable).Assembly.GetManifestResourceStream($"microworld/{table}.csv")
            ?? throw new InvalidOperationException($"data/microworld/{table}.csv is not embedded in the assembly.");
        using var csv = CsvReader.Create(stream, new CsvReaderOptions
        {
            NormalizeHeaderName = name => name.Replace("_", "", StringComparison.Ordinal),
        });
        return [.. csv.GetRecords<T>()];
    }
}

[CsvRecord]
internal sealed partial record TopicRow(
    string Topic, string Slug, string TitleZh, double Weight, string NounEn, string SceneEn, string NounZh, string SceneZh, string Relations);

[CsvRecord]
internal sealed partial record ValueRow(string Relation, string En, string Zh);

[CsvRecord]
internal sealed partial record NameRow(string Language, string Position, string Part);

[CsvRecord]
internal sealed partial record PhrasingRow(string Language, string Relation, string Use, string Text);

[CsvRecord]
internal sealed partial record PartRow(string Language, string Part, string Text);

[CsvRecord]
internal sealed partial record ProblemRow(string Use, string Steps, string Question, string Answer);

[CsvRecord]
internal sealed partial record ThingRow(string Thing);
