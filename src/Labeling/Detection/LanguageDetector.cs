namespace ExpertDivergence.Labeling;

/// <summary>Tells English from Chinese by script: a Han character weighs about as much text as half a word of letters.</summary>
/// <remarks>The scheme knows two languages. Text of other scripts gets the nearer of them with a low confidence.</remarks>
public static class LanguageDetector
{
    /// <summary>Han characters per word-like unit from which a text is Chinese: below that they are names and quotations.</summary>
    private const double ChineseFrom = 0.25;

    /// <summary>The language of a text.</summary>
    /// <param name="text">The text; its first <see cref="TextStatistics.MaxCharacters"/> characters are read.</param>
    public static LanguageGuess Detect(ReadOnlySpan<char> text) => Detect(TextStatistics.Of(text));

    internal static LanguageGuess Detect(TextStatistics s)
    {
        var han = s.Han / 1.6;
        var units = han + s.Words + s.OtherScript;
        if (units == 0)
            return new("en", 0);
        // Japanese is Han mixed with kana; nothing of this scheme fits it.
        var known = 1 - (Math.Min(units, s.OtherScript * 2) / units);
        var share = han / Math.Max(1e-9, han + s.Words);
        var chinese = share >= ChineseFrom;
        var margin = chinese ? (share - ChineseFrom) / (1 - ChineseFrom) : (ChineseFrom - share) / ChineseFrom;
        return new(chinese ? "zh" : "en", known * (0.5 + (0.5 * Math.Min(1, 2 * margin))) * Math.Min(1, units / 10));
    }
}

/// <summary>A language and how sure the detector is.</summary>
/// <param name="Language"><c>en</c> or <c>zh</c>.</param>
/// <param name="Confidence">0 … 1.</param>
public readonly record struct LanguageGuess(string Language, double Confidence);
