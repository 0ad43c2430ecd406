using System.Buffers;

namespace ExpertDivergence.Tokenization;

/// <summary>Byte-pair encoding of one piece: again and again the pair of lowest rank, of equal ones the leftmost, becomes one token.</summary>
internal static class MergeLoop
{
    // Up to here a scan for the lowest rank beats a heap.
    private const int ScanLimit = 64;

    /// <summary>Merges the tokens in place.</summary>
    /// <returns>How many tokens are left; they are the first ones of <paramref name="tokens"/>.</returns>
    public static int Run(MergeTable merges, Span<int> tokens) =>
        tokens.Length <= ScanLimit ? ByScan(merges, tokens) : ByHeap(merges, tokens);

    private static int ByScan(MergeTable merges, Span<int> tokens)
    {
        var count = tokens.Length;
        Span<int> ranks = stackalloc int[ScanLimit]; // of the pair that begins at each token
        for (var i = 0; i + 1 < count; i++)
            ranks[i] = merges.RankOf(tokens[i], tokens[i + 1]);
        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i + 1 < count; i++)
            {
                if (ranks[i] < ranks[best])
                    best = i;
            }

            if (ranks[best] == MergeTable.Never)
                break;
            tokens[best] = merges.Results[ranks[best]];
            count--;
            tokens[(best + 2)..(count + 1)].CopyTo(tokens[(best + 1)..]);
            ranks[(best + 1)..count].CopyTo(ranks[best..]);
            if (best + 1 < count)
                ranks[best] = merges.RankOf(tokens[best], tokens[best + 1]);
            if (best > 0)
                ranks[best - 1] = merges.RankOf(tokens[best - 1], tokens[best]);
        }

        return count;
    }

    // n log n: a doubly linked list over the positions and a heap of (rank, position). An entry is stale when the pair that now
    // begins at its position has another rank.
    private static int ByHeap(MergeTable merges, Span<int> tokens)
    {
        const int Gone = -1;
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
                if (tokens[at] == Gone || next[at] == count || merges.RankOf(tokens[at], tokens[next[at]]) != rank)
                    continue;
                var right = next[at];
                tokens[at] = merges.Results[rank];
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
