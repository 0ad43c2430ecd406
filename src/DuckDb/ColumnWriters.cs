using System.Text;
using ExpertDivergence.DuckDb.Interop;

namespace ExpertDivergence.DuckDb;

/// <summary>Fills one column of the chunks that the library asks for, row by row.</summary>
internal abstract unsafe class ColumnWriter<T>(string name, ColumnType type)
{
    private ulong* _validity;

    public string Name { get; } = name;

    public ColumnType Type { get; } = type;

    protected nint Vector { get; private set; }

    protected void* Data { get; private set; }

    public virtual void Begin(nint vector)
    {
        Vector = vector;
        Data = NativeMethods.VectorGetData(vector);
        _validity = null;
    }

    /// <summary>Writes the row's value; the number of bytes it took.</summary>
    public abstract long Write(T row, int index);

    public virtual void End()
    {
    }

    protected void SetNull(int index)
    {
        if (_validity == null)
        {
            NativeMethods.VectorEnsureValidityWritable(Vector);
            _validity = NativeMethods.VectorGetValidity(Vector);
        }

        _validity[index >> 6] &= ~(1UL << (index & 63));
    }
}

internal sealed unsafe class BigIntWriter<T>(string name, Func<T, long?> value) : ColumnWriter<T>(name, ColumnType.BigInt)
{
    public override long Write(T row, int index)
    {
        if (value(row) is { } number)
            ((long*)Data)[index] = number;
        else
            SetNull(index);
        return sizeof(long);
    }
}

internal sealed unsafe class DoubleWriter<T>(string name, Func<T, double?> value) : ColumnWriter<T>(name, ColumnType.Double)
{
    public override long Write(T row, int index)
    {
        if (value(row) is { } number)
            ((double*)Data)[index] = number;
        else
            SetNull(index);
        return sizeof(double);
    }
}

internal sealed unsafe class VarcharWriter<T>(string name, Func<T, string?> value) : ColumnWriter<T>(name, ColumnType.Varchar)
{
    // Strict: the library drops a text that is not UTF-8 without a word, so that a lone surrogate must end here.
    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private byte[] _buffer = new byte[1 << 12];

    public override long Write(T row, int index)
    {
        if (value(row) is not { } text)
        {
            SetNull(index);
            return 0;
        }

        var needed = s_utf8.GetMaxByteCount(text.Length);
        if (_buffer.Length < needed)
            _buffer = new byte[Math.Max(needed, (int)Math.Min(2L * _buffer.Length, Array.MaxLength))];
        var length = s_utf8.GetBytes(text, _buffer);
        fixed (byte* bytes = _buffer)
            NativeMethods.VectorAssignString(Vector, (ulong)index, bytes, (ulong)length);
        return length;
    }
}

internal sealed unsafe class IntegerListWriter<T>(string name, Func<T, int[]?> value) : ColumnWriter<T>(name, ColumnType.IntegerList)
{
    private nint _child;
    private ulong _size;
    private ulong _capacity;

    public override void Begin(nint vector)
    {
        base.Begin(vector);
        _child = NativeMethods.ListVectorGetChild(vector);
        _size = 0;
        _capacity = NativeMethods.VectorSize();
    }

    public override long Write(T row, int index)
    {
        var elements = value(row);
        if (elements is null)
            SetNull(index);
        var length = (ulong)(elements?.Length ?? 0);
        if (_size + length > _capacity)
        {
            _capacity = Math.Max(_size + length, 2 * _capacity);
            if (NativeMethods.ListVectorReserve(Vector, _capacity) != 0)
                throw new InvalidOperationException($"no room for {_capacity} list elements");
        }

        // The child's address is asked for each time: reserving moves it.
        if (length > 0)
            elements.AsSpan().CopyTo(new Span<int>((int*)NativeMethods.VectorGetData(_child) + _size, elements!.Length));
        ((ListEntry*)Data)[index] = new ListEntry { Offset = _size, Length = length };
        _size += length;
        return (long)length * sizeof(int);
    }

    public override void End() => NativeMethods.ListVectorSetSize(Vector, _size);
}
