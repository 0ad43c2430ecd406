using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

/// <summary>Numbers by step: the rows of <c>metrics.csv</c> and <c>timing.csv</c>, in memory until they are written.</summary>
/// <remarks>The same rows give the same bytes: numbers stand in round-trip form.</remarks>
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
        var text = new CsvTable(Columns);
        foreach (var row in _rows)
            text.Add(Array.ConvertAll(row, CsvTable.Number));
        text.Write(path);
    }

    /// <summary>Reads a table that <see cref="Write"/> wrote.</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static MetricsTable Read(string path)
    {
        var text = CsvTable.Read(path);
        var table = new MetricsTable(text.Columns);
        try
        {
            foreach (var row in text.Rows)
                table.Add([.. row.Select(value => double.Parse(value, CultureInfo.InvariantCulture))]);
        }
        catch (FormatException e)
        {
            throw CsvTable.Damaged(path, e);
        }

        return table;
    }
}
