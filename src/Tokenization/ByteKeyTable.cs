using System.Numerics;
using System.Runtime.InteropServices;

namespace ExpertDivergence.Tokenization;

/// <summary>A hash table from byte sequences to entries numbered 0, 1, 2 … in the order they were added; looked up without allocating.</summary>
internal sealed class ByteKeyTable
{
    private int[] _slots; // entry + 1; 0 where free
    private Entry[] _entries;
    private byte[] _bytes = new byte[1024];
    private int _used;

    public ByteKeyTable(int capacity = 16)
    {
        _entries = new Entry[Math.Max(4, capacity)];
        _slots = new int[SlotsFor(_entries.Length)];
    }

    /// <summary>The number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes of an entry.</summary>
    public ReadOnlySpan<byte> KeyOf(int entry) => _bytes.AsSpan(_entries[entry].Start, _entries[entry].Length);

    /// <summary>The entry of the key, or −1.</summary>
    public int IndexOf(ReadOnlySpan<byte> key)
    {
        var hash = Hash(key);
        for (var slot = (int)(hash & (uint)(_slots.Length - 1)); _slots[slot] != 0; slot = (slot + 1) & (_slots.Length - 1))
        {
            ref readonly var entry = ref _entries[_slots[slot] - 1];
            if (entry.Hash == hash && key.SequenceEqual(_bytes.AsSpan(entry.Start, entry.Length)))
                return _slots[slot] - 1;
        }

        return -1;
    }

    /// <summary>The entry of the key, which is added if it is new: then it is the last one.</summary>
    public int GetOrAdd(ReadOnlySpan<byte> key)
    {
        if (IndexOf(key) is var known && known >= 0)
            return known;
        if (Count == _entries.Length)
            Grow();
        if (key.Length > _bytes.Length - _used)
            Array.Resize(ref _bytes, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)_used + key.Length))));
        key.CopyTo(_bytes.AsSpan(_used));
        _entries[Count] = new Entry(Hash(key), _used, key.Length);
        _used += key.Length;
        Place(Count);
        return Count++;
    }

    private static int SlotsFor(int entries) => (int)BitOperations.RoundUpToPowerOf2((uint)entries * 2);

    // Eight bytes a step, multiplied and folded; fixed, so that orders never depend on the process.
    private static uint Hash(ReadOnlySpan<byte> key)
    {
        const ulong Prime = 0x9E3779B97F4A7C15;
        var hash = (ulong)key.Length;
        for (; key.Length >= 8; key = key[8..])
            hash = Mix((hash ^ MemoryMarshal.Read<ulong>(key)) * Prime);
        var rest = 0UL;
        foreach (var b in key)
            rest = (rest << 8) | b;
        return (uint)Mix((hash ^ rest) * Prime);
    }

    private static ulong Mix(ulong value) => value ^ (value >> 32);

    private void Grow()
    {
        Array.Resize(ref _entries, 2 * _entries.Length);
        _slots = new int[SlotsFor(_entries.Length)];
        for (var entry = 0; entry < Count; entry++)
            Place(entry);
    }

    private void Place(int entry)
    {
        var slot = (int)(_entries[entry].Hash & (uint)(_slots.Length - 1));
        while (_slots[slot] != 0)
            slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = entry + 1;
    }

    private readonly record struct Entry(uint Hash, int Start, int Length);
}
