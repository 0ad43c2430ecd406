using System.Globalization;
using ExpertDivergence.Analysis;

namespace ExpertDivergence.Reporting;

/// <summary>How numbers and verdicts are written in the report's prose and tables.</summary>
internal static class Format
{
    public const string None = "–";

    /// <summary>A number with fixed decimals and a true minus sign.</summary>
    public static string Number(double value, int decimals = 4) => double.IsFinite(value)
        ? Minus(value.ToString("F" + decimals, CultureInfo.InvariantCulture))
        : None;

    /// <summary>The same with its sign always shown.</summary>
    public static string Signed(double value, int decimals = 4)
    {
        var text = Number(value, decimals);
        if (!text.Any(character => character is >= '1' and <= '9'))
            return text.TrimStart('−');
        return value > 0 ? "+" + text : text;
    }

    /// <summary>A whole number in groups: 1,234,567.</summary>
    public static string Whole(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A share as a percentage.</summary>
    public static string Percent(double share, int decimals = 1) => double.IsFinite(share) ? Number(share * 100, decimals) + " %" : None;

    /// <summary>Mean ± standard deviation over seeds; of one seed the value alone.</summary>
    public static string Spread(Estimate estimate, int decimals = 4) => double.IsNaN(estimate.StandardDeviation)
        ? Number(estimate.Mean, decimals)
        : $"{Number(estimate.Mean, decimals)} ± {Number(estimate.StandardDeviation, decimals)}";

    /// <summary>A difference with its 95 % interval.</summary>
    public static string Interval(Estimate? difference, int decimals = 4) => difference switch
    {
        null => None,
        { Count: < 2 } => Signed(difference.Mean, decimals),
        _ => $"{Signed(difference.Mean, decimals)} [{Signed(difference.Mean - difference.HalfWidth(), decimals)}, {Signed(difference.Mean + difference.HalfWidth(), decimals)}]",
    };

    /// <summary>Better, worse or inconclusive.</summary>
    public static string Word(Estimate? difference, bool lowerIsBetter) => difference is null ? None : Word(difference.Judge(lowerIsBetter));

    /// <inheritdoc cref="Word(Estimate?, bool)"/>
    public static string Word(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    /// <summary>Higher, lower or inconclusive: for what is neither good nor bad in itself.</summary>
    public static string Direction(Estimate? difference) => difference?.Judge(lowerIsBetter: false) switch
    {
        null => None,
        Verdict.Better => "higher",
        Verdict.Worse => "lower",
        _ => Word(Verdict.Inconclusive),
    };

    /// <summary>"edl-3, edl-49 and baseline".</summary>
    public static string List(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : string.Join(", ", words.SkipLast(1)) + " and " + words[^1];

    private static string Minus(string text) => text.Replace('-', '−');
}
