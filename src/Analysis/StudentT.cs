namespace ExpertDivergence.Analysis;

/// <summary>Student's t distribution with a whole number of degrees of freedom.</summary>
/// <remarks>For whole ν the probability of |T| ≤ t is a finite sum in θ = atan(t/√ν) (Abramowitz and Stegun, 26.7.3 and 26.7.4),
/// so no special function is needed.</remarks>
public static class StudentT
{
    /// <summary>The probability that |T| is at most √ν·tan θ.</summary>
    private static double Central(double theta, int degrees)
    {
        var (sine, cosine) = Math.SinCos(theta);
        var odd = degrees % 2 == 1;
        var (term, sum) = odd ? (cosine, degrees == 1 ? 0 : cosine) : (1.0, 1.0);
        for (var power = odd ? 3 : 2; power <= degrees - 2; power += 2)
        {
            term *= (power - 1.0) / power * cosine * cosine;
            sum += term;
        }

        return odd ? 2 / Math.PI * (theta + sine * sum) : sine * sum;
    }

    /// <summary>The probability that |T| is at most <paramref name="t"/>.</summary>
    /// <param name="t">At least 0.</param>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    public static double TwoSided(double t, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(t);
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        return Central(Math.Atan(t / Math.Sqrt(degrees)), degrees);
    }

    /// <summary>The t within which |T| stays with the given probability: 12.706 for 0.95 and one degree of freedom.</summary>
    /// <param name="confidence">Between 0 and 1, both excluded.</param>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    public static double Critical(double confidence, int degrees)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(confidence, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(confidence, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);

        // Bisection over the angle, which is bounded, where t is not.
        var (low, high) = (0.0, Math.PI / 2);
        while (high - low > 1e-15)
        {
            var middle = (low + high) / 2;
            if (middle == low || middle == high)
                break;
            if (Central(middle, degrees) < confidence)
                low = middle;
            else
                high = middle;
        }

        return Math.Sqrt(degrees) * Math.Tan((low + high) / 2);
    }
}
