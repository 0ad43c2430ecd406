using ExpertDivergence.Core;
using ExpertDivergence.DuckDb;

namespace ExpertDivergence.Data;

/// <summary>Parquet in any codec and layout that DuckDB reads: a row is a document. The text is a column of text, or of bytes that
/// are checked to be UTF-8; source and label are any columns, taken as text.</summary>
internal static class ParquetFormat
{
    public static IEnumerable<(long Line, ParsedLine Parsed)> Read(CorpusFile file, CorpusOptions options)
    {
        var types = ParquetFile.ReadColumns(file.Path).ToDictionary(c => c.Name, c => c.Type, StringComparer.Ordinal);
        var fields = options.Fields;
        if (!types.TryGetValue(fields.Text, out var type))
            throw new InputException(file.Path, null, $"the file has no column '{fields.Text}' for the text.",
                $"Set labels.fields.text. {NearestName.Hint(fields.Text, types.Keys.ToList())}");
        if (type is not (ColumnType.Varchar or ColumnType.Blob))
            throw new InputException(file.Path, null, $"the column '{fields.Text}' holds no text.", "Set labels.fields.text to a column of text.");

        var columns = new List<ParquetColumn> { new(fields.Text, type) };
        var source = Add(columns, types, fields.Source);
        var label = Add(columns, types, fields.Label);
        using var reader = ParquetFile.Read(file.Path, columns);
        for (var number = 1L; reader.NextChunk();)
            for (var row = 0; row < reader.RowCount; row++)
                yield return (number++, Parse(reader, row, source, label, options));
    }

    private static ParsedLine Parse(ParquetReader reader, int row, int source, int label, CorpusOptions options)
    {
        if (reader.Column(0).IsNull(row))
            return ParsedLine.Bad("null_text", $"the field '{options.Fields.Text}' is null.");
        var text = reader.Column(0).Bytes(row);
        return text.Length > options.MaxLineBytes
            ? ParsedLine.TooLong(options.MaxLineBytes)
            : ParsedLine.Of(text, options.Fields.Text, source < 0 ? null : reader.Column(source).Text(row), label < 0 ? null : reader.Column(label).Text(row));
    }

    private static int Add(List<ParquetColumn> columns, Dictionary<string, ColumnType> types, string name)
    {
        if (!types.ContainsKey(name))
            return -1;
        columns.Add(new(name, ColumnType.Varchar));
        return columns.Count - 1;
    }
}
