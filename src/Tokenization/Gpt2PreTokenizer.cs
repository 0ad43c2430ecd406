namespace ExpertDivergence.Tokenization;

/// <summary>GPT-2's pattern: a space belongs to the word, number or symbols after it; contractions in lower case are apart.</summary>
internal sealed class Gpt2PreTokenizer : IPreTokenizer
{
    public string Name => "gpt2";

    public string Pattern => @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public int PieceEnd(ReadOnlySpan<byte> utf8, int start)
    {
        if (PieceRules.Contraction(utf8, start, ignoreCase: false) is var contraction && contraction > start)
            return contraction;
        var at = utf8[start] == ' ' && start + 1 < utf8.Length ? start + 1 : start;
        var kind = Characters.At(utf8, at, out var length);
        if ((kind & CharacterClass.Letter) != 0)
            return Characters.RunOf(CharacterClass.Letter, utf8, at + length);
        if ((kind & CharacterClass.Number) != 0)
            return Characters.RunOf(CharacterClass.Number, utf8, at + length);
        return (kind & CharacterClass.Space) != 0
            ? PieceRules.WhiteSpace(utf8, start, cutAtNewline: false)
            : Characters.RunWithout(CharacterClass.Letter | CharacterClass.Number | CharacterClass.Space, utf8, at + length);
    }
}
