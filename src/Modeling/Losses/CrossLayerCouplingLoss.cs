// T tokens, E experts, K top-k, N layers, M = N − 1 pairs of adjacent layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Cross-layer coupling: rewards routes that go on together from a layer to the next; minus a probability, from −1 to 0.</summary>
/// <remarks>R_cp of "Synergistic Intra- and Cross-Layer Regularization Losses for MoE Expert Specialization" (Hu et al. 2026, arXiv
/// 2602.14159), which maximises the joint probability p^l_e p^(l+1)_v of chosen experts of adjacent layers; its normalisation is not public.
/// <para><c>token</c>: −(1/T) Σ_t Σ_(e ∈ top-K of l) Σ_(v ∈ top-K of l+1) p^l_te p^(l+1)_tv, the pairs that each token itself takes.</para>
/// <para><c>path</c>: −Σ_e Σ_(v ∈ top-K of row e) J_ev with J = (1/T) Σ_t p^l_t ⊗ p^(l+1)_t: for each expert its K most frequent successors
/// over the batch, so that tokens of one expert go on alike.</para>
/// One value for each pair of adjacent layers; with a single layer one value, 0.</remarks>
public sealed class CrossLayerCouplingLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "cross_layer_coupling";

    private static readonly LossOptions s_defaults = new() { Formula = "token", Coefficient = 1e-3, Layers = "mean" };

    private static readonly Dictionary<string, string[]> s_choices = new() { ["formula"] = ["token", "path"], ["layers"] = ["mean", "sum"] };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public CrossLayerCouplingLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public int Values(int layers) => Math.Max(layers - 1, 1);

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means)
    {
        var pairs = means.Layers - 1;
        if (pairs == 0)
            return means.Zeros(1);
        if (Options.Formula == "token" && means.Native)
            return NativeLosses.TokenCoupling(means);
        if (Options.Formula == "token")
        {
            var chosen_NT = means.ByToken("full").gather(-1, means.Indices).sum(-1);
            return means.TokenMean(chosen_NT.narrow(0, 0, pairs) * chosen_NT.narrow(0, 1, pairs)).neg();
        }

        var p_NTE = means.ByToken("full");
        var left_MTE = p_NTE.narrow(0, 0, pairs);
        if (means.Mask is { } mask_T)
            left_MTE = left_MTE * mask_T.unsqueeze(-1);
        var joint_MEE = torch.matmul(left_MTE.transpose(-1, -2), p_NTE.narrow(0, 1, pairs)) / (double)means.Tokens;
        return torch.topk(joint_MEE, means.TopK, -1).values.sum([-2, -1]).neg();
    }
}
