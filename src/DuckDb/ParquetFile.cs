using ExpertDivergence.Core;

namespace ExpertDivergence.DuckDb;

/// <summary>Parquet files written from and read as streams of rows.</summary>
public static class ParquetFile
{
    private const string SourceName = "edl_rows";

    /// <summary>Writes rows until they end or <paramref name="maxRows"/> are written. The rows are pulled as the file grows, in
    /// their order; one schema, one list of rows and one version of the library give the same bytes.</summary>
    /// <param name="path">The file; its folder exists. An older file is replaced.</param>
    /// <param name="schema">The columns. One write at a time may use it.</param>
    /// <param name="rows">The rows; stays positioned after the last row written, so that the next file can go on.</param>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="maxRows">The most rows to take.</param>
    /// <param name="cancellation">Ends the writing between two chunks.</param>
    /// <returns>The rows written.</returns>
    /// <exception cref="DuckDbException">The file cannot be written. Nothing is left behind.</exception>
    /// <remarks>An exception of the rows' own code comes out unchanged, and leaves no file.</remarks>
    public static long Write<T>(string path, ParquetSchema<T> schema, IEnumerator<T> rows, ParquetOptions? options = null,
        long maxRows = long.MaxValue, CancellationToken cancellation = default)
    {
        using var connection = new DuckDbConnection();
        var source = new RowSource<T>(schema, rows, maxRows, cancellation);
        var alive = source.Register(connection, SourceName);
        try
        {
            // One thread keeps the order all the same; the library takes a row group's size in bytes only under this setting.
            connection.Execute("SET preserve_insertion_order = false");
            connection.Execute($"COPY (FROM {SourceName}()) TO {DuckDbConnection.Literal(path)} ({(options ?? new()).Sql()})");
        }
        catch (DuckDbException)
        {
            File.Delete(path);
            source.Rethrow();
            throw;
        }
        finally
        {
            connection.Dispose(); // before the source goes: the catalogue still points at it
            alive.Free();
        }

        return source.Rows;
    }

    /// <inheritdoc cref="Write{T}(string, ParquetSchema{T}, IEnumerator{T}, ParquetOptions?, long, CancellationToken)"/>
    public static long Write<T>(string path, ParquetSchema<T> schema, IEnumerable<T> rows, ParquetOptions? options = null,
        CancellationToken cancellation = default)
    {
        using var enumerator = rows.GetEnumerator();
        return Write(path, schema, enumerator, options, long.MaxValue, cancellation);
    }

    /// <summary>Opens a file to be read as a stream, its columns cast to the types asked for.</summary>
    /// <param name="path">The file, in any codec and encoding that the library knows.</param>
    /// <param name="columns">The columns to read, in the order wanted; the others are not decoded.</param>
    /// <exception cref="InputException">The file is missing, is no Parquet file, or lacks a column.</exception>
    public static ParquetReader Read(string path, params IReadOnlyList<ParquetColumn> columns) => new(path, columns);

    /// <summary>The columns of a file and their types, from the footer alone.</summary>
    /// <exception cref="InputException">The file is missing or no Parquet file.</exception>
    public static IReadOnlyList<ParquetColumn> ReadColumns(string path)
    {
        using var reader = new ParquetReader(path, "SELECT * FROM read_parquet(?) LIMIT 0");
        return reader.Columns;
    }

    /// <summary>The key-value pairs of a file's footer.</summary>
    /// <exception cref="InputException">The file is missing or no Parquet file.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using var reader = new ParquetReader(path, "SELECT key, value FROM parquet_kv_metadata(?)");
        var pairs = new Dictionary<string, string>();
        while (reader.NextChunk())
            for (var row = 0; row < reader.RowCount; row++)
                pairs[reader.Column(0).Text(row)!] = reader.Column(1).Text(row) ?? "";
        return pairs;
    }

    /// <summary>The number of rows, from the footer alone.</summary>
    /// <exception cref="InputException">The file is missing or no Parquet file.</exception>
    public static long CountRows(string path)
    {
        using var reader = new ParquetReader(path, "SELECT num_rows FROM parquet_file_metadata(?)");
        return reader.NextChunk() ? reader.Column(0).Int64(0) : 0;
    }
}

/// <summary>A column to be read, and the type it is cast to.</summary>
public readonly record struct ParquetColumn(string Name, ColumnType Type);
