// Shapes: … any leading dimensions, D the width that is normalised.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Root-mean-square normalisation (Zhang and Sennrich, 2019): y = x / √(mean x² + ε) · weight, in Float32 where x is BFloat16.</summary>
public static class RmsNorm
{
    /// <summary>Normalises the last dimension.</summary>
    /// <param name="x">Values, shape […, D].</param>
    /// <param name="weight">Scale, a shape that broadcasts to x: [D], or [heads, D] for a scale by head.</param>
    /// <param name="epsilon">ε, added to the mean square.</param>
    public static Tensor Apply(Tensor x, Tensor weight, double epsilon)
    {
        if (x.dtype == ScalarType.BFloat16)
            x = x.to(ScalarType.Float32);
        var meanSquare = x.square().mean([-1], keepdim: true);
        return x * meanSquare.add_(epsilon).rsqrt_() * weight;
    }
}
