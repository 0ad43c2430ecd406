using Shouldly;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>Central differences.</summary>
internal static class GradientCheck
{
    /// <summary>The largest difference between a gradient and the numerical one of a function, over all inputs, relative to the
    /// numerical gradient's largest element.</summary>
    public static double Error(Func<double[], double> function, double[] point, double[] gradient)
    {
        const double step = 1e-5;
        var numeric = new double[point.Length];
        for (var i = 0; i < point.Length; i++)
        {
            var (above, below) = ((double[])point.Clone(), (double[])point.Clone());
            above[i] += step;
            below[i] -= step;
            numeric[i] = (function(above) - function(below)) / (2 * step);
        }

        gradient.Length.ShouldBe(point.Length);
        var scale = Largest(numeric);
        scale.ShouldBeGreaterThan(0, "a flat function checks no gradient");
        return Largest(numeric.Zip(gradient, (n, g) => n - g)) / scale;
    }

    // Enumerable.Max passes NaN over, Math.Max does not.
    private static double Largest(IEnumerable<double> values) => values.Aggregate(0.0, (largest, value) => Math.Max(largest, Math.Abs(value)));
}
