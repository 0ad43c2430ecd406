using System.Runtime.InteropServices;

namespace ExpertDivergence.Tokenization;

/// <summary>Remembers the ids of pieces that had to be merged, up to a number of them. For one thread at a time, and for one tokenizer.</summary>
/// <remarks>It makes repetitive text faster and changes no id. Nothing uses one unless it is passed in.</remarks>
/// <param name="maxPieces">How many pieces are remembered; later new ones are merged each time.</param>
public sealed class PieceMemo(int maxPieces = 1 << 16)
{
    private const int LongestPiece = 128;

    private readonly ByteKeyTable _pieces = new();
    private readonly List<int> _ids = [];
    private readonly List<int> _ends = [];

    internal bool TryGet(ReadOnlySpan<byte> piece, Span<int> ids, out int count)
    {
        count = 0;
        if (piece.Length > LongestPiece || _pieces.IndexOf(piece) is not (>= 0 and var entry))
            return false;
        var start = entry == 0 ? 0 : _ends[entry - 1];
        count = _ends[entry] - start;
        CollectionsMarshal.AsSpan(_ids).Slice(start, count).CopyTo(ids);
        return true;
    }

    internal void Add(ReadOnlySpan<byte> piece, ReadOnlySpan<int> ids)
    {
        if (piece.Length > LongestPiece || _pieces.Count == maxPieces)
            return;
        _pieces.GetOrAdd(piece);
        _ids.AddRange(ids);
        _ends.Add(_ids.Count);
    }
}
