using System.Text;
using ExpertDivergence.DuckDb.Interop;

namespace ExpertDivergence.DuckDb;

/// <summary>One column of one chunk. Spans point into the library's memory and die with the chunk.</summary>
public readonly unsafe ref struct ColumnVector
{
    private readonly nint _vector;
    private readonly ColumnType _type;
    private readonly int _rows;
    private readonly void* _data;
    private readonly ulong* _validity;

    internal ColumnVector(nint vector, ColumnType type, int rows)
    {
        (_vector, _type, _rows) = (vector, type, rows);
        _data = NativeMethods.VectorGetData(vector);
        _validity = NativeMethods.VectorGetValidity(vector);
    }

    /// <summary>Whether the row has no value.</summary>
    public bool IsNull(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)_rows, nameof(row));
        return _validity != null && (_validity[row >> 6] >> (row & 63) & 1) == 0;
    }

    /// <summary>The value of a BIGINT or INTEGER column.</summary>
    public long Int64(int row) => _type == ColumnType.Integer ? ((int*)Values(row, ColumnType.Integer))[row] : ((long*)Values(row, ColumnType.BigInt))[row];

    /// <summary>The value of a DOUBLE column.</summary>
    public double Double(int row) => ((double*)Values(row, ColumnType.Double))[row];

    /// <summary>The bytes of a VARCHAR or BLOB column.</summary>
    public ReadOnlySpan<byte> Bytes(int row) =>
        StringEntry.Bytes((StringEntry*)Values(row, _type == ColumnType.Blob ? ColumnType.Blob : ColumnType.Varchar) + row);

    /// <summary>The text of a VARCHAR or BLOB column; null where the row has none.</summary>
    public string? Text(int row) => IsNull(row) ? null : Encoding.UTF8.GetString(Bytes(row));

    /// <summary>The elements of an INTEGER[] column; empty where the row has none. Elements that are NULL are refused.</summary>
    /// <exception cref="DuckDbException">An element is NULL.</exception>
    public ReadOnlySpan<int> Integers(int row)
    {
        if (IsNull(row))
            return [];
        var entry = ((ListEntry*)Values(row, ColumnType.IntegerList))[row];
        var child = NativeMethods.ListVectorGetChild(_vector);
        var validity = NativeMethods.VectorGetValidity(child);
        if (validity != null)
            for (var i = entry.Offset; i < entry.Offset + entry.Length; i++)
                if ((validity[i >> 6] >> (int)(i & 63) & 1) == 0)
                    throw new DuckDbException("A list of integers holds an element without a value.", "Write the file without NULL elements.");
        return new((int*)NativeMethods.VectorGetData(child) + entry.Offset, (int)entry.Length);
    }

    private void* Values(int row, ColumnType asked)
    {
        if (_type != asked)
            throw new InvalidOperationException($"The column is {_type}, not {asked}: cast it in the query.");
        if (IsNull(row))
            throw new InvalidOperationException($"Row {row} of the chunk is NULL.");
        return _data;
    }
}
