using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Scales all gradients so that their joint Euclidean norm is at most a maximum.</summary>
public static class GradientClipping
{
    // As PyTorch's clip_grad_norm_ has it: keeps 0 / 0 away and makes the factor a hair smaller.
    private const double Epsilon = 1e-6;

    /// <summary>Clips in place, without waiting for the device.</summary>
    /// <param name="parameters">Those whose gradients are clipped; without a gradient one is passed over.</param>
    /// <param name="maximumNorm">The largest norm allowed.</param>
    /// <returns>The norm before clipping, a scalar; not finite when a gradient is not.</returns>
    public static Tensor Clip(IReadOnlyList<Parameter> parameters, double maximumNorm)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var gradients = parameters.Select(p => p.Value.grad).OfType<Tensor>().ToArray();
        var norm = torch.stack(ForEach.Norm(gradients), 0).square().sum().sqrt();
        var factor = (maximumNorm / (norm + Epsilon)).clamp_max(1.0);
        foreach (var gradient in gradients)
            gradient.mul_(factor);
        return scope.MoveToOuter(norm);
    }
}
