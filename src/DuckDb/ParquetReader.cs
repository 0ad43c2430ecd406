using ExpertDivergence.Core;

namespace ExpertDivergence.DuckDb;

/// <summary>A Parquet file's rows in their order: <c>while (reader.NextChunk()) for (row &lt; reader.RowCount) reader.Column(i).…(row)</c>.</summary>
public sealed class ParquetReader : IDisposable
{
    private readonly string _path;
    private readonly DuckDbConnection _connection;
    private readonly DuckDbResult _result;

    internal ParquetReader(string path, IReadOnlyList<ParquetColumn> columns)
        : this(path, $"SELECT {string.Join(", ", columns.Select(Cast))} FROM read_parquet(?)")
    {
    }

    internal ParquetReader(string path, string sql)
    {
        if (!File.Exists(path))
            throw new InputException(path, null, "the file does not exist.", "Run the stage that writes it.");
        _path = path;
        _connection = new DuckDbConnection();
        try
        {
            // read_parquet expands wildcards, which a folder's name may hold by accident.
            _result = _connection.Query(sql, string.Concat(path.Select(c => c is '*' or '?' or '[' ? $"[{c}]" : c.ToString())));
        }
        catch (Exception e)
        {
            _connection.Dispose();
            if (e is DuckDbException)
                throw Unreadable(e);
            throw;
        }
    }

    /// <summary>The columns that are read.</summary>
    public IReadOnlyList<ParquetColumn> Columns => [.. _result.ColumnNames.Zip(_result.ColumnTypes, (name, type) => new ParquetColumn(name, type))];

    /// <summary>Rows of the current chunk.</summary>
    public int RowCount => _result.RowCount;

    /// <summary>Moves to the next chunk; false at the end.</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public bool NextChunk()
    {
        try
        {
            return _result.NextChunk();
        }
        catch (DuckDbException e)
        {
            throw Unreadable(e);
        }
    }

    /// <summary>A column of the current chunk, valid until the next one.</summary>
    public ColumnVector Column(int index) => _result.Column(index);

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _result.Dispose();
        _connection.Dispose();
    }

    private static string Cast(ParquetColumn column) =>
        $"CAST({DuckDbConnection.Identifier(column.Name)} AS {column.Type.Sql()}) AS {DuckDbConnection.Identifier(column.Name)}";

    private InputException Unreadable(Exception e) => new(_path, null, $"it cannot be read as the Parquet file wanted: {e.Message}",
        "If the file is damaged, delete its folder and run the stage that writes it again.", e);
}
