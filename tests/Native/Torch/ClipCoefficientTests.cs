using ExpertDivergence.Core;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Torch;

/// <summary>The clipping factor on the host against libtorch's operators, bit for bit.</summary>
public class ClipCoefficientTests
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.3)]
    public void It_is_what_libtorch_s_operators_give(double most)
    {
        using var scope = torch.NewDisposeScope();
        var random = new KeyedRandom(7, "clip");
        double[] norms = [0.0, 1.0, 1e-30, 1e30, double.PositiveInfinity, double.NaN, .. Enumerable.Range(0, 200).Select(_ => Math.Exp(random.NextGaussian()))];
        foreach (var value in norms)
        {
            var norm = torch.tensor(value, dtype: ScalarType.Float32);
            torch.nn.utils.clip_coefficient(norm, most).item<float>().ShouldBe((most / (norm + 1e-6)).clamp(max: 1).item<float>());
        }
    }
}
