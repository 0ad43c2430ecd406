// B batch, L length, T = B·L, D model, H query heads, G key/value heads, Q = H/G queries per key, R head width.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Causal grouped-query attention with a norm on every query and key head before the rotary positions (Qwen3).</summary>
public sealed class Attention
{
    private readonly ModelOptions _options;
    private readonly RotaryEmbedding _rotary;
    private readonly CausalMask _mask;

    /// <summary>Builds the block on its weights.</summary>
    /// <param name="options">The validated shape.</param>
    /// <param name="weights">The layer's weights.</param>
    /// <param name="rotary">Positions, shared by all layers.</param>
    /// <param name="mask">Mask, shared by all layers.</param>
    public Attention(ModelOptions options, LayerWeights weights, RotaryEmbedding rotary, CausalMask mask) =>
        (_options, Weights, _rotary, _mask) = (options, weights, rotary, mask);

    /// <summary>The layer's weights.</summary>
    public LayerWeights Weights { get; }

    /// <summary>Mixes positions.</summary>
    /// <param name="x_TD">Normalised residual stream.</param>
    /// <param name="batch">B.</param>
    /// <param name="mask">What is added to the scores; null: the causal mask.</param>
    /// <returns>What is added to the stream, [T, D].</returns>
    public Tensor Forward(Tensor x_TD, long batch, Tensor? mask = null) => torch.nn.functional.linear(Mix(x_TD, batch, mask: mask), Weights.Output);

    /// <summary>As <see cref="Forward"/> without its last product, and behind what a cache holds.</summary>
    /// <param name="x_TD">Normalised residual stream of the new tokens.</param>
    /// <param name="batch">B.</param>
    /// <param name="step">The new tokens on their way into a cache; null where there is none.</param>
    /// <param name="layer">The layer's number in the cache.</param>
    /// <param name="mask">What is added to the scores; null: the cache's mask or the causal one.</param>
    /// <returns>The heads side by side, [T, H·R].</returns>
    internal Tensor Mix(Tensor x_TD, long batch, CacheStep? step = null, int layer = 0, Tensor? mask = null)
    {
        long heads = _options.Heads, keyHeads = _options.KvHeads, group = heads / keyHeads, width = _options.ResolvedHeadDim;
        var length = x_TD.size(0) / batch;

        // One product for q, k and v; queries and keys are normalised and turned together, each head by its own scale.
        var qkv_BLHR = torch.nn.functional.linear(x_TD, Weights.Qkv).view(batch, length, heads + 2 * keyHeads, width);
        var parts = qkv_BLHR.split([heads + keyHeads, keyHeads], 2);
        var scale_HR = torch.cat([Weights.QueryNorm.expand(heads, width), Weights.KeyNorm.expand(keyHeads, width)], 0);
        var normed_BLHR = RmsNorm.Apply(parts[0], scale_HR, _options.NormEpsilon);
        var qk_BLHR = step?.Positions is { } positions_T ? _rotary.Apply(normed_BLHR, positions_T, step.End) : _rotary.Apply(normed_BLHR);
        var heads_BLHR = qk_BLHR.split([heads, keyHeads], 2);

        if (step is null && mask is null && ScaledDotProduct.Suits(x_TD.device))
            return ScaledDotProduct.Mix(heads_BLHR[0], heads_BLHR[1], parts[1]);

        // The queries that share a key head stand below one another, so that no key or value is repeated.
        var q_GNR = heads_BLHR[0].transpose(1, 2).reshape(batch * keyHeads, group * length, width);
        var k_GLR = heads_BLHR[1].transpose(1, 2).reshape(batch * keyHeads, length, width);
        var v_GLR = parts[1].transpose(1, 2).reshape(batch * keyHeads, length, width);
        if (step is not null)
            (k_GLR, v_GLR) = step.Extend(layer, k_GLR, v_GLR);
        var scores_GNL = torch.baddbmm(mask ?? step?.Mask ?? _mask.For(length, group, x_TD), q_GNR, k_GLR.transpose(1, 2), beta: 1f, alpha: 1f / MathF.Sqrt(width));
        var mixed_GNR = torch.bmm(scores_GNL.softmax(-1, scores_GNL.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : null), v_GLR);
        return mixed_GNR.view(batch, heads, length, width).transpose(1, 2).reshape(batch * length, heads * width);
    }
}
