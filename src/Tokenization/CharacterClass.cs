using System.Globalization;
using System.Text;

namespace ExpertDivergence.Tokenization;

/// <summary>What the pre-tokenisation patterns ask of a character.</summary>
[Flags]
internal enum CharacterClass : byte
{
    /// <summary>Punctuation, symbols, controls, unassigned characters and bytes that are not UTF-8.</summary>
    Other = 0,

    /// <summary><c>\p{L}</c>.</summary>
    Letter = 1,

    /// <summary><c>\p{N}</c>.</summary>
    Number = 2,

    /// <summary><c>\s</c>: Unicode's White_Space.</summary>
    Space = 4,

    /// <summary><c>[\r\n]</c>.</summary>
    Newline = 8,

    /// <summary><c>[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]</c>.</summary>
    UpperOrCaseless = 16,

    /// <summary><c>[\p{Ll}\p{Lm}\p{Lo}\p{M}]</c>.</summary>
    LowerOrCaseless = 32,
}

/// <summary>Classifies the characters of UTF-8 text. Unlike .NET's regular expressions it sees characters above U+FFFF whole,
/// so that mathematical letters and rare ideographs are letters, as in the reference tokenizers.</summary>
internal static class Characters
{
    private static readonly byte[] s_basicPlane = MakeBasicPlane();

    /// <summary>The class of the character at <paramref name="at"/>, which must lie inside the text, and its length in bytes.</summary>
    public static CharacterClass At(ReadOnlySpan<byte> utf8, int at, out int length)
    {
        var first = utf8[at];
        if (first < 0x80)
        {
            length = 1;
            return (CharacterClass)s_basicPlane[first];
        }

        if (Rune.DecodeFromUtf8(utf8[at..], out var rune, out length) != System.Buffers.OperationStatus.Done)
            return CharacterClass.Other;
        return rune.IsBmp ? (CharacterClass)s_basicPlane[rune.Value] : Classify(rune.Value);
    }

    /// <summary>The end of the run of characters, from <paramref name="at"/> on, that have any of the flags.</summary>
    public static int RunOf(CharacterClass flags, ReadOnlySpan<byte> utf8, int at)
    {
        while (at < utf8.Length && (At(utf8, at, out var length) & flags) != 0)
            at += length;
        return at;
    }

    /// <summary>The end of the run of characters, from <paramref name="at"/> on, that have none of the flags.</summary>
    public static int RunWithout(CharacterClass flags, ReadOnlySpan<byte> utf8, int at)
    {
        while (at < utf8.Length && (At(utf8, at, out var length) & flags) == 0)
            at += length;
        return at;
    }

    private static byte[] MakeBasicPlane()
    {
        var classes = new byte[0x10000];
        for (var c = 0; c < classes.Length; c++)
            classes[c] = (byte)Classify(c);
        return classes;
    }

    private static CharacterClass Classify(int codePoint)
    {
        if (codePoint is '\r' or '\n')
            return CharacterClass.Space | CharacterClass.Newline;
        if (codePoint <= char.MaxValue && char.IsWhiteSpace((char)codePoint))
            return CharacterClass.Space;
        return CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharacterClass.Letter | CharacterClass.UpperOrCaseless,
            UnicodeCategory.LowercaseLetter => CharacterClass.Letter | CharacterClass.LowerOrCaseless,
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter =>
                CharacterClass.Letter | CharacterClass.UpperOrCaseless | CharacterClass.LowerOrCaseless,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
                CharacterClass.UpperOrCaseless | CharacterClass.LowerOrCaseless,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
            _ => CharacterClass.Other,
        };
    }
}
