using System.Runtime.InteropServices;

namespace ExpertDivergence.DuckDb.Interop;

/// <summary><c>duckdb_result</c>: 48 bytes, which <c>duckdb_fetch_chunk</c> takes by value.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Result
{
    private ulong _columnCount, _rowCount, _rowsChanged;
    private nint _columns, _error, _internal;
}

/// <summary><c>duckdb_list_entry</c>: where a row's elements lie in the child vector.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ListEntry
{
    public ulong Offset;
    public ulong Length;
}

/// <summary><c>duckdb_string_t</c>: 16 bytes; up to 12 bytes of text inline after the length, else a 4-byte prefix and a pointer.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct StringEntry
{
    private const int InlineCapacity = 12;

    [FieldOffset(0)] public uint Length;
    [FieldOffset(4)] private byte _inline;
    [FieldOffset(8)] private byte* _pointer;

    /// <summary>The text's UTF-8 bytes; they live as long as the vector that holds the entry.</summary>
    public static ReadOnlySpan<byte> Bytes(StringEntry* entry) =>
        new(entry->Length <= InlineCapacity ? &entry->_inline : entry->_pointer, (int)entry->Length);
}
