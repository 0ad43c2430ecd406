using System.Text;

namespace ExpertDivergence.Tokenization;

/// <summary>The characters of two and three bytes that merging may start from as tokens, rather than from their bytes, with the same ids.</summary>
/// <remarks>
/// Where each merge has a higher rank than those that made its two tokens, merging goes through the ranks in order, so a pair of rank q is made
/// only while the text around stands as all lower ranks left it. A character that is a token ends as that token, at the rank of the
/// last of its own merges, unless a token across its border merges with one of its unfinished parts earlier. Whatever token that is,
/// it ends with the last byte of the character before, or begins with the first two of the one behind. So for each character two sets are
/// kept, of last bytes before it and of second bytes behind it, beside which it must be merged from its bytes. They are empty
/// for nearly all.
/// </remarks>
internal sealed class WholeCharacters
{
    private const int None = -1;
    private const int Other = 64; // beside the 64 continuation bytes: a character of one byte, or what is no UTF-8
    private const int Sides = 65;

    private readonly int[] _starts = new int[0x10000]; // a token, None, or the place of a bound one below that
    private readonly List<Bound> _bound = [];

    /// <param name="tokens">The bytes of every token, or null, by id.</param>
    /// <param name="byteIds">The token of each byte.</param>
    /// <param name="merges">The merges, no pair twice but for what <paramref name="table"/> overrides.</param>
    /// <param name="table">The same merges.</param>
    public WholeCharacters(IReadOnlyList<byte[]?> tokens, int[] byteIds, IReadOnlyList<Merge> merges, MergeTable table)
    {
        Array.Fill(_starts, None);
        if (!RanksAscend(tokens.Count, merges, table))
            return;
        var borders = new Borders(tokens, merges, table);
        for (var id = 0; id < tokens.Count; id++)
        {
            if (tokens[id] is { Length: 2 or 3 } bytes && Rune.DecodeFromUtf8(bytes, out var rune, out var length) == System.Buffers.OperationStatus.Done
                && length == bytes.Length)
                Add(rune.Value, Array.ConvertAll(bytes, b => byteIds[b]), id, borders, table);
        }
    }

    /// <summary>The token of the character at <paramref name="at"/>, whose bytes may begin as it.</summary>
    /// <param name="piece">The piece that is merged.</param>
    /// <param name="at">Where a character begins.</param>
    /// <param name="length">The character's bytes.</param>
    /// <returns>The token, or −1 if the first byte must begin alone.</returns>
    public int At(ReadOnlySpan<byte> piece, int at, out int length)
    {
        var first = piece[at];
        length = first >= 0xE0 ? 3 : 2;
        if (first is < 0xC2 or > 0xEF || piece.Length - at < length)
            return None;
        var code = length == 3
            ? ((first & 0x0F) << 12) | ((piece[at + 1] & 0x3F) << 6) | (piece[at + 2] & 0x3F)
            : ((first & 0x1F) << 6) | (piece[at + 1] & 0x3F);
        var token = _starts[code];
        if (token == None || (piece[at + 1] & 0xC0) != 0x80 || (piece[at + length - 1] & 0xC0) != 0x80 || (length == 3 && code < 0x800))
            return None;
        return token >= 0 ? token : Bounded(_bound[None - 1 - token], piece, at, at + length);
    }

    private static int Bounded(Bound bound, ReadOnlySpan<byte> piece, int start, int end) =>
        (start > 0 && Holds(bound.Behind, bound.BehindOther, SideBehind(piece[start - 1])))
        || (end < piece.Length && Holds(bound.Before, bound.BeforeOther, SideBefore(piece[end..]))) ? None : bound.Token;

    private static bool Holds(ulong continuations, bool other, int side) => side == Other ? other : (continuations >> side & 1) != 0;

    private static int SideBehind(byte last) => (last & 0xC0) == 0x80 ? last & 0x3F : Other;

    private static int SideBefore(ReadOnlySpan<byte> text) =>
        text[0] >= 0xC0 && text.Length > 1 && (text[1] & 0xC0) == 0x80 ? text[1] & 0x3F : Other;

    // Merges the character alone, and after each state looks for tokens outside that would take one of its ends no later.
    private void Add(int code, int[] parts, int id, Borders borders, MergeTable table)
    {
        var (behind, before) = (new bool[Sides], new bool[Sides]);
        for (var count = parts.Length; count > 1; count--)
        {
            var at = count == 3 && table.RankOf(parts[1], parts[2]) < table.RankOf(parts[0], parts[1]) ? 1 : 0;
            var rank = table.RankOf(parts[at], parts[at + 1]);
            if (rank == MergeTable.Never)
                return;
            for (var side = 0; side < Sides; side++)
            {
                behind[side] |= borders.Behind(parts[0], side) <= rank;
                before[side] |= borders.Before(parts[count - 1], side) <= rank;
            }

            parts[at] = table.ResultOf(rank);
            if (at == 0 && count == 3)
                parts[1] = parts[2];
        }

        if (parts[0] != id)
            return;
        if (!behind.Contains(true) && !before.Contains(true))
        {
            _starts[code] = id;
            return;
        }

        _starts[code] = None - 1 - _bound.Count;
        _bound.Add(new(id, Set(behind[..Other]), behind[Other], Set(before[..Other]), before[Other]));
    }

    private static ulong Set(bool[] sides) => sides.Index().Aggregate(0UL, (set, side) => set | (side.Item ? 1UL << side.Index : 0));

    private static bool RanksAscend(int tokens, IReadOnlyList<Merge> merges, MergeTable table)
    {
        var made = new int[tokens];
        Array.Fill(made, -1);
        foreach (var merge in merges)
            made[merge.Result] = Math.Max(made[merge.Result], merge.Rank);
        return merges.All(m => m.Rank > made[m.Left] && m.Rank > made[m.Right] && table.RankOf(m.Left, m.Right) == m.Rank);
    }

    private readonly record struct Bound(int Token, ulong Behind, bool BehindOther, ulong Before, bool BeforeOther);

    /// <summary>The lowest ranks at which parts of characters merge with what stands outside, by that one's byte next to them.</summary>
    private sealed class Borders
    {
        private readonly Dictionary<int, int[]> _behind = [];
        private readonly Dictionary<int, int[]> _before = [];

        public Borders(IReadOnlyList<byte[]?> tokens, IReadOnlyList<Merge> merges, MergeTable table)
        {
            foreach (var merge in merges)
            {
                var (left, right) = (tokens[merge.Left]!, tokens[merge.Right]!);
                if (right.Length <= 2 && right[0] >= 0xC0)
                    Lower(_behind, merge.Right, SideBehind(left[^1]), merge.Rank);
                if (left.Length > 2 || (left[^1] & 0xC0) != 0x80)
                    continue;
                Lower(_before, merge.Left, SideBefore(right), merge.Rank);
                for (var second = 0; second < Other && right.Length == 1 && right[0] >= 0xC0; second++)
                    Lower(_before, merge.Left, second, merge.Rank); // a first byte alone: whatever the second is
            }
        }

        /// <summary>The lowest rank of a token that ends on this side and, to its right, the part.</summary>
        public int Behind(int part, int side) => _behind.TryGetValue(part, out var ranks) ? ranks[side] : MergeTable.Never;

        /// <summary>The lowest rank of the part and, to its right, a token that can begin a text of this side.</summary>
        public int Before(int part, int side) => _before.TryGetValue(part, out var ranks) ? ranks[side] : MergeTable.Never;

        private static void Lower(Dictionary<int, int[]> ranks, int part, int side, int rank)
        {
            if (!ranks.TryGetValue(part, out var bySide))
            {
                ranks[part] = bySide = new int[Sides];
                Array.Fill(bySide, MergeTable.Never);
            }

            bySide[side] = Math.Min(bySide[side], rank);
        }
    }
}
