using System.Buffers;
using System.Text;

namespace ExpertDivergence.Tokenization.Normalization;

/// <summary>Unicode's canonical composition (Unicode Standard Annex 15, form C) of UTF-8 text.</summary>
/// <remarks>.NET's own is inert where globalization is invariant, as it is here: there <c>string.Normalize</c> gives back what it was given.
/// Bytes that are not UTF-8 stay as they are.</remarks>
internal static class Nfc
{
    /// <summary>No text grows by more than this factor, in bytes.</summary>
    public const int MaxGrowth = 3;

    /// <summary>The position of the first character that may keep the text from being in composed form, or −1: then it is.</summary>
    public static int FirstActive(ReadOnlySpan<byte> utf8, int at = 0)
    {
        while (at < utf8.Length)
        {
            var plain = utf8[at..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (plain < 0)
                return -1;
            at += plain;
            if (utf8[at] is >= 0xE4 and <= 0xE9 && at + 2 < utf8.Length && (sbyte)utf8[at + 1] < -64 && (sbyte)utf8[at + 2] < -64)
            {
                at += 3; // U+4000 … U+9FFF: ideographs and a few symbols, all inert
                continue;
            }

            var character = Next(utf8, at, out var length);
            if (!CompositionTable.Instance.IsInert(character))
                return at;
            at += length;
        }

        return -1;
    }

    /// <summary>Writes the text in composed form.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="composed">At least <see cref="MaxGrowth"/> times as long.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Compose(ReadOnlySpan<byte> utf8, Span<byte> composed)
    {
        int read = 0, written = 0;
        var segment = new List<int>();
        for (var active = FirstActive(utf8); active >= 0; active = FirstActive(utf8, read))
        {
            var start = active > read ? Previous(utf8, read, active) : active;
            utf8[read..start].CopyTo(composed[written..]);
            written += start - read;
            segment.Clear();
            for (read = start; read < utf8.Length;)
            {
                var character = Next(utf8, read, out var length);
                if (character < 0 || (read >= active && CompositionTable.Instance.IsInert(character)))
                    break;
                CompositionTable.Instance.Decompose(character, segment);
                read += length;
            }

            Order(segment);
            foreach (var character in Join(segment))
                written += new Rune(character).EncodeToUtf8(composed[written..]);
        }

        utf8[read..].CopyTo(composed[written..]);
        return written + utf8.Length - read;
    }

    // Marks between two starters are put in the order of their classes; those of one class keep theirs.
    private static void Order(List<int> characters)
    {
        var table = CompositionTable.Instance;
        for (int start = 0, end; start < characters.Count; start = end + 1)
        {
            var ordered = true;
            for (end = start; end < characters.Count && table.ClassOf(characters[end]) > 0; end++)
                ordered &= end == start || table.ClassOf(characters[end - 1]) <= table.ClassOf(characters[end]);
            if (ordered)
                continue;
            var marks = characters[start..end].OrderBy(table.ClassOf).ToArray(); // stable
            for (var i = start; i < end; i++)
                characters[i] = marks[i - start];
        }
    }

    // A character joins the starter before it unless another of no lower class stands between them.
    private static List<int> Join(List<int> characters)
    {
        var table = CompositionTable.Instance;
        int kept = 0, starter = -1, between = -1;
        for (var i = 0; i < characters.Count; i++)
        {
            var character = characters[i];
            var mark = table.ClassOf(character);
            if (starter >= 0 && between < mark && table.Compose(characters[starter], character) is var joined && joined >= 0)
            {
                characters[starter] = joined;
                continue;
            }

            (starter, between) = mark == 0 ? (kept, -1) : (starter, mark);
            characters[kept++] = character;
        }

        characters.RemoveRange(kept, characters.Count - kept);
        return characters;
    }

    // −1 for a byte that is not UTF-8.
    private static int Next(ReadOnlySpan<byte> utf8, int at, out int length) =>
        Rune.DecodeFromUtf8(utf8[at..], out var rune, out length) == OperationStatus.Done ? rune.Value : -1;

    // Where the character before the position begins; the position itself where there is none that is UTF-8.
    private static int Previous(ReadOnlySpan<byte> utf8, int from, int at) =>
        Rune.DecodeLastFromUtf8(utf8[from..at], out _, out var length) == OperationStatus.Done ? at - length : at;
}
