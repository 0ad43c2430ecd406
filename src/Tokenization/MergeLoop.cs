using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ExpertDivergence.Tokenization;

/// <summary>Byte-pair encoding of one piece: again and again the pair of lowest rank, of equal ones the leftmost, becomes one token.</summary>
internal static class MergeLoop
{
    // Up to here the lowest rank is found by looking at all pairs, eight at a time; beyond, by a heap.
    private const int ScanLimit = 255;
    private const int PositionBits = 8;
    private const uint Nothing = uint.MaxValue;

    /// <summary>Merges the tokens in place.</summary>
    /// <returns>How many tokens are left; they are the first ones of <paramref name="tokens"/>.</returns>
    public static int Run(MergeTable merges, Span<int> tokens) =>
        tokens.Length <= ScanLimit && merges.Ranks < 1 << (32 - PositionBits) ? ByScan(merges, tokens) : ByHeap(merges, tokens, out _);

    // A pair's key is its rank and, below it, its position: the smallest key is the merge to make. Tokens stay where they are,
    // linked to their neighbours, so that nothing is moved.
    [SkipLocalsInit]
    private static int ByScan(MergeTable merges, Span<int> tokens)
    {
        var count = tokens.Length;
        Span<byte> next = stackalloc byte[ScanLimit + 1];
        Span<byte> previous = stackalloc byte[ScanLimit + 1];
        Span<uint> keys = stackalloc uint[ScanLimit + 1];
        keys = keys[..((count + 7) & ~7)]; // whole vectors
        keys[Math.Max(0, count - 1)..].Fill(Nothing);
        for (var i = 0; i < count; i++)
        {
            next[i] = (byte)(i + 1);
            previous[i] = (byte)(i - 1);
            if (i + 1 < count)
                keys[i] = Key(merges.RankOf(tokens[i], tokens[i + 1]), i);
        }

        while (Smallest(keys) is var best && best != Nothing)
        {
            var at = (int)(best & ScanLimit);
            var right = next[at];
            var after = next[right];
            tokens[at] = merges.ResultOf((int)(best >> PositionBits));
            keys[right] = Nothing;
            next[at] = after;
            keys[at] = after < count ? Key(merges.RankOf(tokens[at], tokens[after]), at) : Nothing;
            if (after < count)
                previous[after] = (byte)at;
            if (at > 0)
                keys[previous[at]] = Key(merges.RankOf(tokens[previous[at]], tokens[at]), previous[at]);
        }

        var left = 0;
        for (var i = 0; i < count; i = next[i])
            tokens[left++] = tokens[i];
        return left;
    }

    private static uint Key(int rank, int position) => rank == MergeTable.Never ? Nothing : ((uint)rank << PositionBits) | (uint)position;

    private static uint Smallest(ReadOnlySpan<uint> keys)
    {
        var vectors = MemoryMarshal.Cast<uint, Vector256<uint>>(keys);
        var smallest = Vector256<uint>.AllBitsSet;
        foreach (var vector in vectors)
            smallest = Vector256.Min(smallest, vector);
        var half = Vector128.Min(smallest.GetLower(), smallest.GetUpper());
        half = Vector128.Min(half, Vector128.Shuffle(half, Vector128.Create(2u, 3u, 0u, 1u)));
        half = Vector128.Min(half, Vector128.Shuffle(half, Vector128.Create(1u, 0u, 3u, 2u)));
        return half.ToScalar();
    }

    // n log n: a doubly linked list over the positions and a heap of (rank, position). An entry is stale when the pair that now
    // begins at its position has another rank.
    internal static int ByHeap(MergeTable merges, Span<int> tokens, out long steps)
    {
        const int Gone = -1;
        steps = 0;
        var count = tokens.Length;
        var links = ArrayPool<int>.Shared.Rent(2 * count);
        var heap = new PairHeap(2 * count);
        try
        {
            var next = links.AsSpan(0, count);
            var previous = links.AsSpan(count, count);
            for (var i = 0; i < count; i++)
            {
                previous[i] = i - 1;
                next[i] = i + 1;
                if (i + 1 < count)
                    heap.Push(merges.RankOf(tokens[i], tokens[i + 1]), i);
            }

            while (heap.TryPop(out var rank, out var at))
            {
                steps++;
                if (tokens[at] == Gone || next[at] == count || merges.RankOf(tokens[at], tokens[next[at]]) != rank)
                    continue;
                var right = next[at];
                tokens[at] = merges.ResultOf(rank);
                tokens[right] = Gone;
                next[at] = next[right];
                if (next[at] < count)
                {
                    previous[next[at]] = at;
                    heap.Push(merges.RankOf(tokens[at], tokens[next[at]]), at);
                }

                if (previous[at] >= 0)
                    heap.Push(merges.RankOf(tokens[previous[at]], tokens[at]), previous[at]);
            }

            var left = 0;
            for (var i = 0; i < count; i = next[i])
                tokens[left++] = tokens[i];
            return left;
        }
        finally
        {
            heap.Dispose();
            ArrayPool<int>.Shared.Return(links);
        }
    }

    /// <summary>A binary heap of (rank, position) in rented memory, lowest first.</summary>
    private ref struct PairHeap(int capacity)
    {
        private ulong[] _items = ArrayPool<ulong>.Shared.Rent(capacity);
        private int _count;

        public void Push(int rank, int position)
        {
            if (rank == MergeTable.Never)
                return;
            if (_count == _items.Length)
            {
                var larger = ArrayPool<ulong>.Shared.Rent(2 * _count);
                _items.CopyTo(larger, 0);
                ArrayPool<ulong>.Shared.Return(_items);
                _items = larger;
            }

            var item = ((ulong)(uint)rank << 32) | (uint)position;
            var at = _count++;
            for (int parent; at > 0 && _items[parent = (at - 1) / 2] > item; at = parent)
                _items[at] = _items[parent];
            _items[at] = item;
        }

        public bool TryPop(out int rank, out int position)
        {
            if (_count == 0)
            {
                rank = position = 0;
                return false;
            }

            (rank, position) = ((int)(_items[0] >> 32), (int)(uint)_items[0]);
            var item = _items[--_count];
            var at = 0;
            for (var child = 1; child < _count; child = 2 * at + 1)
            {
                if (child + 1 < _count && _items[child + 1] < _items[child])
                    child++;
                if (_items[child] >= item)
                    break;
                _items[at] = _items[child];
                at = child;
            }

            _items[at] = item;
            return true;
        }

        public void Dispose() => ArrayPool<ulong>.Shared.Return(_items);
    }
}
