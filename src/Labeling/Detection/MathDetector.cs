namespace ExpertDivergence.Labeling;

/// <summary>Tells mathematics from other text, without labels: weighted signs (TeX formulas, symbols, equations, sums, the words of theorems and
/// exercises) per hundred words, held against a threshold. Lines of source code count as text without such signs.</summary>
public static class MathDetector
{
    /// <summary>Weighted signs per hundred words at which the odds are even, in text of letters.</summary>
    private const double EvenLatin = 6;

    /// <summary>The same in Chinese, where abstracts of every science name equations, errors and functions.</summary>
    private const double EvenHan = 15;

    /// <summary>How quickly the odds rise with the logarithm of the density.</summary>
    private const double Steepness = 3;

    /// <summary>The probability that a text is mathematics.</summary>
    /// <param name="text">The text; its first <see cref="TextStatistics.MaxCharacters"/> characters are read.</param>
    public static double Probability(ReadOnlySpan<char> text) => Probability(TextStatistics.Of(text));

    internal static double Probability(in TextStatistics s) => 1 / (1 + Math.Pow(Even(s) / Math.Max(1e-6, Density(s)), Steepness));

    private static double Even(in TextStatistics s)
    {
        var han = s.Han / 1.6;
        return EvenLatin + ((EvenHan - EvenLatin) * Math.Min(1, 2 * han / Math.Max(1, han + s.Words)));
    }

    /// <summary>Weighted signs per hundred words; a text counts for at least forty words.</summary>
    internal static double Density(in TextStatistics s)
    {
        var units = Math.Max(40, s.Words + (s.Han / 1.6));
        var code = s.Lines == 0 ? 0 : (double)s.CodeLines / s.Lines;
        return 100 * s.Mathematics / units * Math.Max(0, 1 - (3 * code));
    }
}
