namespace ExpertDivergence.Tokenization;

/// <summary>How often each piece of text occurs.</summary>
internal sealed class PieceCounts
{
    /// <summary>Longer pieces are counted in parts of at most so many bytes, so that one run of a million letters cannot make
    /// every merge slow.</summary>
    public const int MaxPieceBytes = 1024;

    private readonly ByteKeyTable _pieces = new(1024);
    private long[] _counts = new long[1024];

    /// <summary>The number of different pieces.</summary>
    public int Distinct => _pieces.Count;

    /// <summary>The number of pieces.</summary>
    public long Total { get; private set; }

    /// <summary>The bytes of a piece.</summary>
    public ReadOnlySpan<byte> BytesOf(int piece) => _pieces.KeyOf(piece);

    /// <summary>How often a piece occurs.</summary>
    public long CountOf(int piece) => _counts[piece];

    /// <summary>Counts the pieces of a text.</summary>
    public void AddText(ReadOnlySpan<byte> utf8, IPreTokenizer preTokenizer)
    {
        for (var start = 0; start < utf8.Length;)
        {
            var end = preTokenizer.PieceEnd(utf8, start);
            for (; start < end; start = Math.Min(end, start + MaxPieceBytes))
                Add(utf8[start..Math.Min(end, start + MaxPieceBytes)], 1);
        }
    }

    /// <summary>Adds another's counts.</summary>
    public void AddAll(PieceCounts other)
    {
        for (var piece = 0; piece < other.Distinct; piece++)
            Add(other.BytesOf(piece), other.CountOf(piece));
    }

    private void Add(ReadOnlySpan<byte> piece, long count)
    {
        var entry = _pieces.GetOrAdd(piece);
        if (entry == _counts.Length)
            Array.Resize(ref _counts, 2 * entry);
        _counts[entry] += count;
        Total += count;
    }
}
