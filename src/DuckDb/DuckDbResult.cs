using ExpertDivergence.DuckDb.Interop;

namespace ExpertDivergence.DuckDb;

/// <summary>The streamed rows of a query: <c>while (result.NextChunk()) for (row &lt; result.RowCount) result.Column(i).…(row)</c>.</summary>
/// <remarks>What <see cref="Column"/> gives is valid until the next call of <see cref="NextChunk"/> or <see cref="Dispose"/>.
/// A result may be dropped before its end.</remarks>
public sealed class DuckDbResult : IDisposable
{
    private Result _result;
    private nint _chunk;
    private readonly ColumnType[] _types;
    private bool _disposed;

    internal unsafe DuckDbResult(Result result)
    {
        _result = result;
        var columns = (int)NativeMethods.ColumnCount(ref _result);
        var names = new string[columns];
        var types = new ColumnType[columns];
        for (var i = 0; i < columns; i++)
        {
            names[i] = NativeText.Read(NativeMethods.ColumnName(ref _result, (ulong)i)) ?? "";
            types[i] = DuckDb.ColumnTypes.Take(NativeMethods.ColumnLogicalType(ref _result, (ulong)i));
        }

        ColumnNames = names;
        _types = types;
    }

    /// <summary>The columns' names.</summary>
    public IReadOnlyList<string> ColumnNames { get; }

    /// <summary>The columns' types.</summary>
    public IReadOnlyList<ColumnType> ColumnTypes => _types;

    /// <summary>Rows of the current chunk.</summary>
    public int RowCount { get; private set; }

    /// <summary>Moves to the next chunk; false at the end.</summary>
    /// <exception cref="DuckDbException">The query fails while it runs.</exception>
    public unsafe bool NextChunk()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        DropChunk();
        _chunk = NativeMethods.FetchChunk(_result);
        if (_chunk == 0)
        {
            if (NativeText.Read(NativeMethods.ResultError(ref _result)) is { Length: > 0 } words)
                throw DuckDbException.Of("reading rows", words);
            return false;
        }

        RowCount = (int)NativeMethods.DataChunkGetSize(_chunk);
        return RowCount > 0;
    }

    /// <summary>A column of the current chunk.</summary>
    public ColumnVector Column(int index)
    {
        ObjectDisposedException.ThrowIf(_chunk == 0, this);
        return new ColumnVector(NativeMethods.DataChunkGetVector(_chunk, (ulong)index), _types[index], RowCount);
    }

    /// <summary>Ends the query.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        DropChunk();
        NativeMethods.DestroyResult(ref _result);
        _disposed = true;
    }

    private void DropChunk()
    {
        RowCount = 0;
        if (_chunk != 0)
            NativeMethods.DestroyDataChunk(ref _chunk);
        _chunk = 0;
    }
}
