// B batch, T tokens, N tokens asked for, D model, H query heads, R head width.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

public sealed partial class DecoderLayer
{
    /// <summary>As <see cref="Forward"/>, behind what a cache holds, and for some of the tokens only.</summary>
    /// <param name="x_TD">Residual stream of the new tokens.</param>
    /// <param name="batch">B.</param>
    /// <param name="layer">The layer's number in the cache.</param>
    /// <param name="step">The new tokens in the cache; null where there is none.</param>
    /// <param name="only_N">The tokens whose stream is asked for, int64; null for all. Keys and values are those of all.</param>
    /// <returns>The stream after the layer, [N, D] or [T, D].</returns>
    internal Tensor Infer(Tensor x_TD, long batch, int layer, CacheStep? step, Tensor? only_N)
    {
        var mixed_TR = _attention.Mix(RmsNorm.Apply(x_TD, Weights.InputNorm, _options.NormEpsilon), batch, step, layer);
        if (only_N is not null)
            (x_TD, mixed_TR) = (x_TD.index_select(0, only_N), mixed_TR.index_select(0, only_N));
        x_TD = torch.nn.functional.linear(mixed_TR, Weights.Output).add_(x_TD);
        var normed_TD = RmsNorm.Apply(x_TD, Weights.PostAttentionNorm, _options.NormEpsilon);
        return FeedForward(normed_TD, RoutingCapture.None).Output.add_(x_TD);
    }
}
