namespace ExpertDivergence.Evaluation;

/// <summary>Means, standard errors and their union over subsets, as lm-evaluation-harness computes them.</summary>
public static class Statistics
{
    /// <summary>A mean with its standard error.</summary>
    /// <param name="Value">The mean.</param>
    /// <param name="StandardError">Of the mean; NaN for a single observation.</param>
    /// <param name="Count">Number of observations.</param>
    public readonly record struct Estimate(double Value, double StandardError, int Count);

    /// <summary>Mean and s/√n with the sample standard deviation s (divisor n − 1).</summary>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static Estimate Mean(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
            throw new ArgumentException("no values", nameof(values));
        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        return new Estimate(mean, Math.Sqrt(variance / values.Count), values.Count);
    }

    /// <summary>Mean of the subsets weighted by size: Σ nᵢvᵢ / N with N = Σ nᵢ; standard error √(Σ (nᵢ−1) sᵢ² nᵢ / (N − k) / N) over k subsets.</summary>
    /// <remarks>sᵢ is the subset's standard error, so sᵢ²nᵢ is its variance: the pooled variance over N. A single observation brings no variance.</remarks>
    public static Estimate Pooled(IReadOnlyCollection<Estimate> subsets)
    {
        var total = subsets.Sum(subset => subset.Count);
        var value = subsets.Sum(subset => subset.Value * subset.Count) / total;
        var squares = subsets.Where(subset => subset.Count > 1)
            .Sum(subset => (subset.Count - 1) * subset.StandardError * subset.StandardError * subset.Count);
        return new Estimate(value, Math.Sqrt(squares / (total - subsets.Count) / total), total);
    }
}
