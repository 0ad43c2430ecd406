namespace ExpertDivergence.Tokenization;

/// <summary>o200k's pattern: as cl100k's, but marks are part of words, words are cut where the case goes up, and contractions
/// stay with their word.</summary>
internal sealed class O200kPreTokenizer : IPreTokenizer
{
    private const CharacterClass Upper = CharacterClass.UpperOrCaseless;
    private const CharacterClass Lower = CharacterClass.LowerOrCaseless;

    public string Name => "o200k";

    public string Pattern =>
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        + @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        + @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public int PieceEnd(ReadOnlySpan<byte> utf8, int start)
    {
        var kind = Characters.At(utf8, start, out var length);
        var next = start + length;
        if ((kind & CharacterClass.Number) != 0)
            return NumberEnd(utf8, next);
        if (WordEnd(utf8, start, kind, next) is var word && word > start)
            return PieceRules.Contraction(utf8, word, ignoreCase: true);
        var symbols = utf8[start] == ' ' ? next : start;
        var end = Characters.RunWithout(CharacterClass.Letter | CharacterClass.Number | CharacterClass.Space, utf8, symbols);
        if (end == symbols)
            return PieceRules.WhiteSpace(utf8, start, cutAtNewline: true);
        while (end < utf8.Length && utf8[end] is (byte)'\r' or (byte)'\n' or (byte)'/')
            end++;
        return end;
    }

    // The two word alternatives with the backtracking of a regular expression, or start where neither holds. Only a mark can be
    // both the optional first character and part of the word, so only then are there two ways to begin.
    private static int WordEnd(ReadOnlySpan<byte> utf8, int start, CharacterClass kind, int next)
    {
        if ((kind & CharacterClass.Letter) != 0)
            return LowerEnding(utf8, start, out var capitals) is var plain && plain > start ? plain : capitals;
        if ((kind & CharacterClass.Newline) != 0)
            return start;
        var prefixed = LowerEnding(utf8, next, out var prefixedCapitals);
        if (prefixed > next)
            return prefixed;
        if ((kind & Lower) != 0)
            return next;
        return prefixedCapitals > next ? prefixedCapitals : start;
    }

    // [upper or caseless]*[lower or caseless]+ from start; start itself where that fails, and then the run of capitals.
    private static int LowerEnding(ReadOnlySpan<byte> utf8, int start, out int capitalsEnd)
    {
        int at = start, afterCaseless = start;
        while (at < utf8.Length && Characters.At(utf8, at, out var length) is var kind && (kind & Upper) != 0)
        {
            at += length;
            if ((kind & Lower) != 0)
                afterCaseless = at;
        }

        capitalsEnd = at;
        var lowerEnd = Characters.RunOf(Lower, utf8, at);
        return lowerEnd > at ? lowerEnd : afterCaseless;
    }

    private static int NumberEnd(ReadOnlySpan<byte> utf8, int at)
    {
        for (var digits = 1; digits < 3 && at < utf8.Length; digits++)
        {
            if ((Characters.At(utf8, at, out var length) & CharacterClass.Number) == 0)
                break;
            at += length;
        }

        return at;
    }
}
