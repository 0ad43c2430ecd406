namespace ExpertDivergence.Tokenization;

/// <summary>The pieces as sequences of tokens, with the count of every pair kept up to date while pairs are merged.</summary>
/// <remarks>Only pieces that hold the merged pair are looked at. A pair of two old tokens can only become rarer, so a pair
/// below the minimum frequency at birth is forgotten, and an outdated entry of the queue is only ever too high.</remarks>
internal sealed class MergeLearner
{
    private readonly long _minFrequency;
    private readonly int[] _tokens;   // all pieces behind one another, each shrinking in its own place
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly long[] _counts;
    private readonly Dictionary<ulong, PairUse> _pairs = new(new PairComparer());
    private readonly PriorityQueue<ulong, PairRank> _queue = new();
    private readonly List<ulong> _fresh = [];

    public MergeLearner(PieceCounts pieces, long minFrequency)
    {
        _minFrequency = minFrequency;
        _starts = new int[pieces.Distinct];
        _lengths = new int[pieces.Distinct];
        _counts = new long[pieces.Distinct];
        var total = 0;
        for (var piece = 0; piece < pieces.Distinct; piece++)
        {
            _starts[piece] = total;
            _lengths[piece] = pieces.BytesOf(piece).Length;
            _counts[piece] = pieces.CountOf(piece);
            total = checked(total + _lengths[piece]);
        }

        _tokens = new int[total];
        for (var piece = 0; piece < pieces.Distinct; piece++)
        {
            var bytes = pieces.BytesOf(piece);
            for (var i = 0; i < bytes.Length; i++)
                _tokens[_starts[piece] + i] = bytes[i];
            for (var i = 0; i + 1 < bytes.Length; i++)
                Gain(Key(bytes[i], bytes[i + 1]), piece);
        }

        EnqueueFresh();
    }

    /// <summary>The pair to merge next; false if none is frequent enough.</summary>
    public bool TryBest(out int left, out int right)
    {
        while (_queue.TryDequeue(out var pair, out var rank))
        {
            if (!_pairs.TryGetValue(pair, out var use))
                continue;
            if (use.Count == rank.Count)
            {
                (left, right) = ((int)(pair >> 32), (int)(uint)pair);
                return true;
            }

            if (use.Count >= _minFrequency)
                _queue.Enqueue(pair, new PairRank(use.Count, pair));
            else
                _pairs.Remove(pair);
        }

        left = right = 0;
        return false;
    }

    /// <summary>Merges the pair wherever it occurs, from left to right.</summary>
    public void Apply(int left, int right, int result)
    {
        if (!_pairs.Remove(Key(left, right), out var use))
            return;
        foreach (var piece in use.Pieces)
            MergeIn(piece, left, right, result);
        EnqueueFresh();
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private void MergeIn(int piece, int left, int right, int result)
    {
        var tokens = _tokens.AsSpan(_starts[piece], _lengths[piece]);
        var written = 0;
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] != left || i + 1 == tokens.Length || tokens[i + 1] != right)
            {
                tokens[written++] = tokens[i];
                continue;
            }

            if (written > 0)
            {
                Lose(Key(tokens[written - 1], left), piece);
                Gain(Key(tokens[written - 1], result), piece);
            }

            i++;
            if (i + 1 < tokens.Length)
            {
                Lose(Key(right, tokens[i + 1]), piece);
                Gain(Key(result, tokens[i + 1]), piece);
            }

            tokens[written++] = result;
        }

        _lengths[piece] = written;
    }

    private void Gain(ulong pair, int piece)
    {
        if (!_pairs.TryGetValue(pair, out var use))
            _pairs[pair] = use = new PairUse();
        if (!use.Fresh)
        {
            use.Fresh = true;
            _fresh.Add(pair);
        }

        use.Count += _counts[piece];
        if (use.Pieces.Count == 0 || use.Pieces[^1] != piece)
            use.Pieces.Add(piece);
    }

    private void Lose(ulong pair, int piece)
    {
        if (_pairs.TryGetValue(pair, out var use))
            use.Count -= _counts[piece];
    }

    private void EnqueueFresh()
    {
        foreach (var pair in _fresh)
        {
            var use = _pairs[pair];
            use.Fresh = false;
            if (use.Count >= _minFrequency)
                _queue.Enqueue(pair, new PairRank(use.Count, pair));
            else
                _pairs.Remove(pair);
        }

        _fresh.Clear();
    }

    private sealed class PairUse
    {
        public long Count;
        public bool Fresh;
        public readonly List<int> Pieces = [];
    }

    /// <summary>Spreads the pairs; the default hash of a 64-bit number, its halves' exclusive or, crowds them.</summary>
    private sealed class PairComparer : IEqualityComparer<ulong>
    {
        public bool Equals(ulong x, ulong y) => x == y;

        public int GetHashCode(ulong pair) => (int)((pair * 0x9E3779B97F4A7C15) >> 32);
    }

    /// <summary>The order of merging: larger counts first, then smaller ids.</summary>
    private readonly record struct PairRank(long Count, ulong Pair) : IComparable<PairRank>
    {
        public int CompareTo(PairRank other) => Count != other.Count ? other.Count.CompareTo(Count) : Pair.CompareTo(other.Pair);
    }
}
