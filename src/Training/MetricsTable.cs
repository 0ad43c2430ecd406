using System.Globalization;
using CsvHelper;
using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

/// <summary>Numbers by step: the rows of <c>metrics.csv</c> and <c>timing.csv</c>, in memory until they are written.</summary>
/// <remarks>The same rows give the same bytes: invariant numbers in round-trip form, <c>\n</c> at the ends of lines.</remarks>
public sealed class MetricsTable
{
    private readonly List<double[]> _rows = [];

    /// <summary>An empty table.</summary>
    /// <param name="columns">The columns' names, in order.</param>
    public MetricsTable(IEnumerable<string> columns) => Columns = [.. columns];

    /// <summary>The columns' names, in order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The rows, one value a column.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Rows => _rows;

    /// <summary>Adds a row.</summary>
    public void Add(params double[] row)
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
                csv.WriteRecord(Array.ConvertAll(row, value => value.ToString("R", CultureInfo.InvariantCulture)));
        }

        DurableFile.WriteAllBytes(path, bytes.ToArray());
    }

    /// <summary>Reads a table that <see cref="Write"/> wrote.</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static MetricsTable Read(string path)
    {
        try
        {
            using var csv = CsvReader.FromFile(path, new CsvReaderOptions { HasHeader = true, MalformedData = CsvMalformedDataHandling.Throw });
            MetricsTable? table = null;
            while (csv.Read())
            {
                table ??= new MetricsTable(csv.Headers);
                table.Add([.. Enumerable.Range(0, csv.FieldCount).Select(i => double.Parse(csv.GetString(i), CultureInfo.InvariantCulture))]);
            }

            return table ?? new MetricsTable(csv.Headers);
        }
        catch (Exception e) when (e is CsvFormatException or FormatException or ArgumentException)
        {
            throw new InputException(path, null, "is no table of numbers: " + e.Message, "Delete the folder that it lies in and run again.", e);
        }
    }
}
