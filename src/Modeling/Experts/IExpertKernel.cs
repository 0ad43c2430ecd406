using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

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
    /// <returns>The weighted sum of the experts' outputs, [T, D].</returns>
    Tensor Forward(Tensor x, Tensor indices, Tensor weights, Tensor gateUp, Tensor down);
}
