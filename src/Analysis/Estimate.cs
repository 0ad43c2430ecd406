namespace ExpertDivergence.Analysis;

/// <summary>A mean of independent values with what is known of its precision.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardDeviation">The sample standard deviation (n − 1); NaN for a single value.</param>
/// <param name="Count">The number of values.</param>
public sealed record Estimate(double Mean, double StandardDeviation, int Count)
{
    /// <summary>Standard error of the mean; NaN for a single value.</summary>
    public double StandardError => StandardDeviation / Math.Sqrt(Count);

    /// <summary>Half the width of the t-interval around the mean; infinite for a single value, which says nothing of its precision.</summary>
    /// <param name="confidence">The interval's confidence.</param>
    public double HalfWidth(double confidence = 0.95) =>
        Count < 2 ? double.PositiveInfinity : StudentT.Critical(confidence, Count - 1) * StandardError;

    /// <summary>The estimate from its values.</summary>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static Estimate Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            throw new ArgumentException("A mean needs at least one value.", nameof(values));
        var mean = values.Average();
        var deviation = values.Count < 2 ? double.NaN : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
        return new Estimate(mean, deviation, values.Count);
    }

    /// <summary>The estimate of the mean difference of pairs: arm minus baseline, pair by pair (a seed, or a benchmark item).</summary>
    /// <exception cref="ArgumentException">The lists are empty or differ in length.</exception>
    public static Estimate OfPairs(IReadOnlyList<double> arm, IReadOnlyList<double> baseline)
    {
        if (arm.Count != baseline.Count)
            throw new ArgumentException($"Pairs are needed; there are {arm.Count} and {baseline.Count} values.");
        return Of([.. arm.Zip(baseline, (a, b) => a - b)]);
    }

    /// <summary>What the difference says: a word only where the t-interval leaves out 0, else <see cref="Verdict.Inconclusive"/>.</summary>
    /// <param name="lowerIsBetter">Whether a negative difference is the better one (a loss) or the worse one (an accuracy).</param>
    /// <param name="confidence">The interval's confidence.</param>
    public Verdict Judge(bool lowerIsBetter, double confidence = 0.95)
    {
        if (!(Math.Abs(Mean) > HalfWidth(confidence)))
            return Verdict.Inconclusive;
        return Mean < 0 == lowerIsBetter ? Verdict.Better : Verdict.Worse;
    }
}

/// <summary>What can be said of a difference to the baseline.</summary>
public enum Verdict
{
    /// <summary>The interval around the difference holds 0: nothing can be said.</summary>
    Inconclusive,

    /// <summary>Better than the baseline.</summary>
    Better,

    /// <summary>Worse than the baseline.</summary>
    Worse,
}
