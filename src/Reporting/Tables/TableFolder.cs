using CsvHelper;

namespace ExpertDivergence.Reporting;

/// <summary>Writes the report's tables as CSV, unrounded, under <c>tables/</c>.</summary>
internal sealed class TableFolder
{
    private readonly string _folder;

    public TableFolder(string report)
    {
        _folder = Path.Combine(report, "tables");
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Writes a table.</summary>
    /// <param name="name">File name without extension.</param>
    /// <param name="columns">The header.</param>
    /// <param name="rows">Cells: text, whole numbers, doubles (round-trip form; NaN and infinite become empty).</param>
    /// <returns>The path to name as a source, relative to the report.</returns>
    public string Write(string name, IReadOnlyList<string> columns, IEnumerable<object?[]> rows)
    {
        using var csv = CsvWriter.ToFile(Path.Combine(_folder, name + ".csv"), CsvWriterOptions.Default with { NewLine = "\n" });
        csv.WriteHeader([.. columns]);
        foreach (var row in rows)
        {
            foreach (var cell in row)
            {
                switch (cell)
                {
                    case double value when double.IsFinite(value):
                        csv.WriteField(value);
                        break;
                    case long or int:
                        csv.WriteField(Convert.ToInt64(cell, System.Globalization.CultureInfo.InvariantCulture));
                        break;
                    default:
                        csv.WriteField(cell as string ?? "");
                        break;
                }
            }

            csv.EndRecord();
        }

        return $"tables/{name}.csv";
    }
}
