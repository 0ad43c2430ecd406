namespace ExpertDivergence.Labeling;

/// <summary>What one pass over a text counts for the detectors.</summary>
internal struct TextStatistics
{
    /// <summary>Characters of a text that are read.</summary>
    public const int MaxCharacters = 16_384;

    /// <summary>Han characters.</summary>
    public int Han;

    /// <summary>Words of Latin letters.</summary>
    public int Words;

    /// <summary>Letters of other scripts, five to a word; Greek counts as a symbol.</summary>
    public int OtherScript;

    /// <summary>Weighted signs of mathematics; see <see cref="MathDetector"/>.</summary>
    public double Mathematics;

    /// <summary>Lines with text.</summary>
    public int Lines;

    /// <summary>Lines that look like source code.</summary>
    public int CodeLines;

    public static TextStatistics Of(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxCharacters)
            text = text[..MaxCharacters];
        var s = new TextStatistics();
        var fenced = false;
        foreach (var line in text.EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.IsEmpty)
                continue;
            s.Lines++;
            if (trimmed.StartsWith("```", StringComparison.Ordinal))
                fenced = !fenced;
            if (fenced || CodeLine.LooksLikeCode(trimmed))
                s.CodeLines++;
            else
                MathEvidence.Count(trimmed, ref s);
            CountLetters(trimmed, ref s);
        }

        return s;
    }

    private static void CountLetters(ReadOnlySpan<char> line, ref TextStatistics s)
    {
        var inWord = false;
        var other = 0;
        foreach (var c in line)
        {
            var latin = c < 128 ? char.IsAsciiLetter(c) : c < '\u0250' && char.IsLetter(c);
            if (latin && !inWord)
                s.Words++;
            inWord = latin;
            if (c < '\u0400')
                continue;
            if (TextFeatures.IsHan(c))
                s.Han++;
            else if (char.IsLetter(c) && c is < '\u2100' or > '\u214F')
                other++;
        }

        s.OtherScript += (other + 4) / 5;
    }
}
