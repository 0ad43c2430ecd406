using System.Text;

namespace ExpertDivergence.Data;

/// <summary>The units by which texts are compared, each as a hash: words (runs of letters and digits, lower case) and characters of
/// Chinese, Japanese and Korean. Punctuation, spaces and line breaks do not count.</summary>
internal static class TextUnits
{
    private const ulong Offset = 14695981039346656037, Prime = 1099511628211;

    /// <summary>Adds a text's units.</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">Takes the words.</param>
    /// <param name="characters">Takes the characters; the same list as <paramref name="words"/> where order between them matters.</param>
    public static void Add(string text, List<ulong> words, List<ulong> characters)
    {
        var word = 0UL;
        foreach (var rune in text.EnumerateRunes())
        {
            var ideographic = IsIdeographic(rune.Value);
            if (!ideographic && Rune.IsLetterOrDigit(rune))
            {
                word = ((word == 0 ? Offset : word) ^ (uint)Rune.ToLowerInvariant(rune).Value) * Prime;
                continue;
            }

            if (word != 0)
                words.Add(Mixed(word));
            word = 0;
            if (ideographic)
                characters.Add(Mixed((ulong)rune.Value));
        }

        if (word != 0)
            words.Add(Mixed(word));
    }

    /// <summary>The hashes of every <paramref name="length"/> units in a row; empty for a shorter text.</summary>
    public static IEnumerable<ulong> Grams(List<ulong> units, int length, ulong salt)
    {
        // A polynomial in an odd base: the unit that leaves is taken off with the base's power.
        const ulong Base = 0x9E3779B97F4A7C15;
        var power = 1UL;
        for (var i = 0; i < length; i++)
            power *= Base;
        var hash = 0UL;
        for (var i = 0; i < units.Count; i++)
        {
            hash = (hash * Base) + units[i] - (i >= length ? units[i - length] * power : 0);
            if (i >= length - 1)
                yield return Mixed(hash + salt);
        }
    }

    /// <summary>Spreads a hash's bits (the finalizer of SplitMix64).</summary>
    public static ulong Mixed(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private static bool IsIdeographic(int c) =>
        c is >= 0x3040 and <= 0x30FF or >= 0x3400 and <= 0x9FFF or >= 0xAC00 and <= 0xD7AF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;
}
