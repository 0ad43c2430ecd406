// B batch, L length, T = B·L, D model, E experts, K top-k, F expert width, H query heads, G key/value heads, R head width, V vocabulary.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The fused operators of a training step on the host (<c>src/Native/ops</c>), each with its gradient.</summary>
internal static class FusedOperators
{
    private static readonly Operator s_embed = new("edl::embed");
    private static readonly Operator s_attention = new("edl::attention_block");
    private static readonly Operator s_router = new("edl::router");
    private static readonly Operator s_experts = new("edl::experts");
    private static readonly Operator s_headLoss = new("edl::head_loss");

    /// <summary>The embedding's rows of some tokens, [T, D].</summary>
    public static Tensor Embed(Tensor embedding_VD, Tensor ids_BL) => s_embed.Call(embedding_VD, ids_BL);

    /// <summary>x + attention(norm x).</summary>
    public static Tensor Attention(Tensor x_TD, LayerWeights w, PackedLayer packed, Tensor cos, Tensor sin, Tensor? starts, long batch, ModelOptions options) =>
        s_attention.Call(x_TD, w.InputNorm, w.Qkv, w.QueryNorm, w.KeyNorm, w.Output, cos, sin, packed.Qkv.OverRows, packed.Qkv.OverColumns,
            packed.Output.OverRows, packed.Output.OverColumns, starts, batch, (long)options.Heads, (long)options.KvHeads, options.NormEpsilon);

    /// <summary>The norm before the experts, the router's scores and <see cref="Modeling.Router.FromLogits"/> of them in one pass.</summary>
    /// <param name="x_TD">The stream.</param>
    /// <param name="norm_D">The norm's scale.</param>
    /// <param name="router_ED">The router.</param>
    /// <param name="bias_E">What is added to the shares where experts are chosen; null for nothing.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="topK">K.</param>
    /// <param name="normalise">Whether the weights of the chosen sum to 1.</param>
    /// <param name="sigmoid">Whether the shares are sigmoids instead of a softmax.</param>
    /// <returns>The stream to go on with, which saves autograd an addition; the normalised stream, [T, D]; where the tokens go.</returns>
    public static (Tensor Stream, Tensor Normed, RouterOutput Routing) Router(
        Tensor x_TD, Tensor norm_D, Tensor router_ED, Tensor? bias_E, double epsilon, int topK, bool normalise, bool sigmoid)
    {
        var all = s_router.CallList(x_TD, norm_D, router_ED, bias_E, epsilon, (long)topK, normalise, sigmoid);
        return (all[0], all[1], new RouterOutput(all[2], all[3], all[4], all[5]));
    }

    /// <summary>residual + the weighted sum of the chosen experts.</summary>
    public static ExpertResult Experts(Tensor residual_TD, Tensor h_TD, Tensor indices_TK, Tensor weights_TK, Tensor gateUp, Tensor down,
        PackedWeight packedGateUp, PackedWeight packedDown, RoutingCapture capture)
    {
        var all = s_experts.CallList(residual_TD, h_TD, indices_TK, weights_TK, gateUp, down,
            packedGateUp.OverRows, packedGateUp.OverColumns, packedDown.OverRows, packedDown.OverColumns,
            capture.HasFlag(RoutingCapture.ExpertOutputs), capture.HasFlag(RoutingCapture.Activations),
            capture.HasFlag(RoutingCapture.OutputProducts), capture.HasFlag(RoutingCapture.ActivationProducts));
        return new ExpertResult(all[0], Of(RoutingCapture.ExpertOutputs, 1), Of(RoutingCapture.Activations, 2))
        {
            OutputProducts = Of(RoutingCapture.OutputProducts, 3), ActivationProducts = Of(RoutingCapture.ActivationProducts, 4),
        };

        Tensor? Of(RoutingCapture kept, int place) => capture.HasFlag(kept) ? all[place] : null;
    }

    /// <summary>Sum of −log p(target) after the last norm and the head.</summary>
    /// <param name="x_TD">The stream before the last norm.</param>
    /// <param name="norm_D">The last norm's scale.</param>
    /// <param name="head_VD">The head.</param>
    /// <param name="packed">The head, packed.</param>
    /// <param name="targets_T">Next tokens.</param>
    /// <param name="gradientScale">The gradient that the sum is expected to get; another one costs a pass over the head's gradient.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static Tensor HeadLoss(Tensor x_TD, Tensor norm_D, Tensor head_VD, PackedWeight packed, Tensor targets_T, double gradientScale, double epsilon) =>
        s_headLoss.Call2(x_TD, norm_D, head_VD, targets_T, packed.OverRows, packed.OverColumns, TrainingBatch.Ignored, gradientScale, epsilon).First;
}
