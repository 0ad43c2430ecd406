using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>A loss's values by layer and its gradient against a plain function of doubles and its central differences.</summary>
internal static class LossCheck
{
    public static void Holds(ILoss loss, double[] point, long[] shape, Func<Tensor, RoutingMeans> means, Func<double[], double[]> plain)
    {
        using var scope = torch.NewDisposeScope();
        var input = torch.tensor(point, shape, requires_grad: true);
        var perLayer = loss.PerLayer(means(input));
        var expected = plain(point);
        perLayer.ToArray<double>().ShouldBe(expected, 1e-10 * Math.Max(1.0, expected.Max(Math.Abs)));

        // Another weight for every layer, so that no layer can stand for another.
        var weights = expected.Select((_, layer) => 1.0 + layer).ToArray();
        (perLayer * torch.tensor(weights, [weights.Length])).sum().backward();
        GradientCheck.Error(x => plain(x).Zip(weights, (value, weight) => value * weight).Sum(), point, input.grad!.ToArray<double>()).ShouldBeInRange(0, 1e-6);
    }

    public static double[] Numbers(int count, string name)
    {
        var random = new KeyedRandom(11, "loss-check", name);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextGaussian())];
    }

    public static LossOptions With(string formula, string? granularity = null) => new() { Formula = formula, Granularity = granularity };
}
