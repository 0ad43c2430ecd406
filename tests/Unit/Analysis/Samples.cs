using ExpertDivergence.Core;

namespace ExpertDivergence.Tests.Unit.Analysis;

internal static class Samples
{
    /// <summary>A random distribution, some of it far from uniform.</summary>
    public static double[] Distribution(KeyedRandom random, int experts)
    {
        var weights = Enumerable.Range(0, experts).Select(_ => Math.Pow(random.NextDouble(), 3) + 1e-6).ToArray();
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }
}
