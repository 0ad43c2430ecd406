// T tokens, D model, E experts, K top-k, F expert width.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>What a layer's experts gave.</summary>
/// <param name="Output">The weighted sum of the experts' outputs, [T, D].</param>
/// <param name="ExpertOutputs">Each chosen expert's output without its weight, [T, K, D]; null unless captured.</param>
/// <param name="Activations">silu(gate) · up of each chosen expert, [T, K, F]; null unless captured.</param>
public readonly record struct ExpertResult(Tensor Output, Tensor? ExpertOutputs = null, Tensor? Activations = null)
{
    /// <summary>As <see cref="RouterOutput.OutputProducts"/>.</summary>
    public Tensor? OutputProducts { get; init; }

    /// <summary>As <see cref="RouterOutput.ActivationProducts"/>.</summary>
    public Tensor? ActivationProducts { get; init; }

    /// <summary>With what was captured in Float32 where it came in BFloat16, since losses are made of it.</summary>
    internal ExpertResult Widened()
    {
        return this with { ExpertOutputs = Wide(ExpertOutputs), Activations = Wide(Activations) };

        static Tensor? Wide(Tensor? values) => values?.dtype == ScalarType.BFloat16 ? values.to(ScalarType.Float32) : values;
    }
}

/// <summary>Computes a layer's experts: y_t = Σ_k w_tk · SwiGLU of expert i_tk on x_t. Dropless: every token reaches all its experts.</summary>
/// <remarks>The seam for fused operators; every kernel is held against <see cref="LoopExpertKernel"/>.</remarks>
public interface IExpertKernel
{
    /// <summary>Runs the experts.</summary>
    /// <param name="x">Tokens, [T, D].</param>
    /// <param name="indices">Chosen experts, [T, K], int64.</param>
    /// <param name="weights">Their weights, [T, K].</param>
    /// <param name="gateUp">Gate and up projections, [E, D, 2F].</param>
    /// <param name="down">Down projections, [E, F, D].</param>
    /// <param name="capture">What to keep besides the sum.</param>
    ExpertResult Forward(Tensor x, Tensor indices, Tensor weights, Tensor gateUp, Tensor down, RoutingCapture capture = RoutingCapture.None);
}
