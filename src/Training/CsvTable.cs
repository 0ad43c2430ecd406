using System.Globalization;
using CsvHelper;
using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

/// <summary>Rows of text under named columns: what every CSV file of a run is in memory.</summary>
/// <remarks>The same rows give the same bytes: <c>\n</c> at the ends of lines.</remarks>
public sealed class CsvTable
{
    private readonly List<string[]> _rows = [];

    /// <summary>An empty table.</summary>
    /// <param name="columns">The columns' names, in order.</param>
    public CsvTable(IEnumerable<string> columns) => Columns = [.. columns];

    /// <summary>The columns' names, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The rows, one value a column.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <summary>A number as every table has it: invariant, in round-trip form.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Adds a row.</summary>
    public void Add(params string[] row)
    {
        if (row.Length != Columns.Count)
            throw new ArgumentException($"{row.Length} values for {Columns.Count} columns", nameof(row));
        _rows.Add(row);
    }

    /// <summary>Writes the table; readers see the old file or the new one, never half of it.</summary>
    public void Write(string path)
    {
        var bytes = new MemoryStream();
        using (var csv = CsvWriter.Create(bytes, CsvWriterOptions.Default with { NewLine = "\n" }, leaveOpen: true))
        {
            csv.WriteHeader([.. Columns]);
            foreach (var row in _rows)
                csv.WriteRecord(row);
        }

        DurableFile.WriteAllBytes(path, bytes.ToArray());
    }

    /// <summary>Reads a table that <see cref="Write"/> wrote.</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static CsvTable Read(string path)
    {
        try
        {
            using var csv = CsvReader.FromFile(path, new CsvReaderOptions { HasHeader = true, MalformedData = CsvMalformedDataHandling.Throw });
            CsvTable? table = null;
            while (csv.Read())
            {
                table ??= new CsvTable(csv.Headers);
                table.Add([.. Enumerable.Range(0, csv.FieldCount).Select(i => csv.GetString(i))]);
            }

            return table ?? new CsvTable(csv.Headers);
        }
        catch (Exception e) when (e is CsvFormatException or ArgumentException)
        {
            throw Damaged(path, e);
        }
    }

    internal static InputException Damaged(string path, Exception e) =>
        new(path, null, "is no table: " + e.Message, "Delete the folder that it lies in and run again.", e);
}
