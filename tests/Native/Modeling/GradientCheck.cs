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

        var scale = numeric.Max(Math.Abs);
        return numeric.Zip(gradient, (n, g) => Math.Abs(n - g)).Max() / Math.Max(scale, 1e-12);
    }
}
