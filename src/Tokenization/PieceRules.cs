namespace ExpertDivergence.Tokenization;

/// <summary>The alternatives that the patterns share.</summary>
internal static class PieceRules
{
    /// <summary><c>'s|'t|'re|'ve|'m|'ll|'d</c>: the end of the contraction at <paramref name="start"/>, or <paramref name="start"/> if there is none.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="start">Where the apostrophe would be.</param>
    /// <param name="ignoreCase">Whether upper case counts too. Then U+017F, whose upper case is S, does as well.</param>
    public static int Contraction(ReadOnlySpan<byte> utf8, int start, bool ignoreCase)
    {
        var left = utf8.Length - start;
        if (left < 2 || utf8[start] != '\'')
            return start;
        var first = Fold(utf8[start + 1], ignoreCase);
        if (first is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d')
            return start + 2;
        if (left < 3)
            return start;
        var second = utf8[start + 2];
        if (ignoreCase && first == 0xC5 && second == 0xBF)
            return start + 3;
        second = Fold(second, ignoreCase);
        return (first, second) is ((byte)'r', (byte)'e') or ((byte)'v', (byte)'e') or ((byte)'l', (byte)'l') ? start + 3 : start;
    }

    /// <summary><c>\s*[\r\n]+|\s+(?!\S)|\s+</c>, the first alternative only where asked for. <paramref name="start"/> is white space.</summary>
    /// <remarks>A run is cut after its last line break; else it leaves its last character to the word that follows;
    /// else it is taken whole.</remarks>
    public static int WhiteSpace(ReadOnlySpan<byte> utf8, int start, bool cutAtNewline)
    {
        int at = start, last = start, afterNewline = -1;
        while (at < utf8.Length && Characters.At(utf8, at, out var length) is var kind && (kind & CharacterClass.Space) != 0)
        {
            last = at;
            at += length;
            if ((kind & CharacterClass.Newline) != 0)
                afterNewline = at;
        }

        if (cutAtNewline && afterNewline > 0)
            return afterNewline;
        return at == utf8.Length || last == start ? at : last;
    }

    private static byte Fold(byte b, bool ignoreCase) => ignoreCase && b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b + 32) : b;
}
