using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Scales all gradients so that their joint Euclidean norm is at most a maximum.</summary>
public static class GradientClipping
{
    /// <summary>Clips in place, without waiting for the device.</summary>
    /// <param name="parameters">Those whose gradients are clipped; without a gradient one is passed over.</param>
    /// <param name="maximumNorm">The largest norm allowed.</param>
    /// <returns>The norm before clipping, a scalar; not finite when a gradient is not.</returns>
    public static Tensor Clip(IReadOnlyList<Parameter> parameters, double maximumNorm) =>
        torch.nn.utils.clip_grad_norm_([.. parameters.Select(p => p.Value)], maximumNorm);
}
