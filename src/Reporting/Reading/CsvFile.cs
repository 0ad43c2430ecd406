using System.Globalization;
using CsvHelper;
using ExpertDivergence.Core;

namespace ExpertDivergence.Reporting;

/// <summary>Reads a stage's CSV file; what is wrong with it becomes an error with file, line and remedy.</summary>
internal static class CsvFile
{
    /// <summary>The file's rows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="remedy">What to do if it is missing or damaged.</param>
    /// <param name="mayBeEmpty">Whether a header alone is a valid file.</param>
    public static IReadOnlyList<CsvFileRow> Read(string path, string remedy, bool mayBeEmpty = false)
    {
        if (!File.Exists(path))
            throw new InputException(path, null, "is missing", remedy);
        try
        {
            using var reader = CsvReader.FromFile(path, CsvReaderOptions.Default with { TrackLineNumbers = true });
            var rows = new List<CsvFileRow>();
            string[]? columns = null;
            while (reader.Read())
            {
                columns ??= [.. reader.Headers];
                var fields = Enumerable.Range(0, reader.FieldCount).Select(reader.GetString).ToArray();
                rows.Add(new CsvFileRow(path, reader.LineNumber, columns, fields, remedy));
            }

            return rows.Count > 0 || mayBeEmpty ? rows : throw new InputException(path, null, "has no rows", remedy);
        }
        catch (CsvFormatException error)
        {
            throw new InputException(path, error.LineNumber, error.Message, remedy, error);
        }
    }
}

/// <summary>A row that knows where it stands.</summary>
internal sealed record CsvFileRow(string File, long Line, string[] Columns, string[] Fields, string Remedy)
{
    public string Text(string column)
    {
        var at = Array.IndexOf(Columns, column);
        return at >= 0 && at < Fields.Length ? Fields[at] : throw new InputException(File, Line, $"has no column '{column}'", Remedy);
    }

    public double Number(string column) =>
        double.TryParse(Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InputException(File, Line, $"'{Text(column)}' in column '{column}' is not a number", Remedy);
}
