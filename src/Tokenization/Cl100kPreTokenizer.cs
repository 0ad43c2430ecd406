namespace ExpertDivergence.Tokenization;

/// <summary>The pattern of cl100k and Qwen2: a word takes any one symbol or space before it, numbers are cut into groups of
/// at most so many digits, symbols take the line breaks after them.</summary>
internal sealed class Cl100kPreTokenizer(string name, int maxDigits) : IPreTokenizer
{
    public string Name => name;

    public string Pattern { get; } = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
        + (maxDigits == 1 ? "" : $"{{1,{maxDigits}}}") + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public int PieceEnd(ReadOnlySpan<byte> utf8, int start)
    {
        if (PieceRules.Contraction(utf8, start, ignoreCase: true) is var contraction && contraction > start)
            return contraction;
        var kind = Characters.At(utf8, start, out var length);
        var next = start + length;
        if ((kind & CharacterClass.Letter) != 0)
            return Characters.RunOf(CharacterClass.Letter, utf8, next);
        if ((kind & CharacterClass.Number) != 0)
            return NumberEnd(utf8, next);
        if ((kind & CharacterClass.Newline) == 0 && Characters.RunOf(CharacterClass.Letter, utf8, next) is var word && word > next)
            return word;
        var symbols = utf8[start] == ' ' ? next : start;
        var symbolsEnd = Characters.RunWithout(CharacterClass.Letter | CharacterClass.Number | CharacterClass.Space, utf8, symbols);
        return symbolsEnd > symbols
            ? Characters.RunOf(CharacterClass.Newline, utf8, symbolsEnd)
            : PieceRules.WhiteSpace(utf8, start, cutAtNewline: true);
    }

    private int NumberEnd(ReadOnlySpan<byte> utf8, int at)
    {
        for (var digits = 1; digits < maxDigits && at < utf8.Length; digits++)
        {
            if ((Characters.At(utf8, at, out var length) & CharacterClass.Number) == 0)
                break;
            at += length;
        }

        return at;
    }
}
