// T tokens, E experts, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Routing variance: rewards decisive routing; minus a variance, so that a smaller loss is a larger variance.</summary>
/// <remarks>"Advancing Expert Specialization for Better MoE" (Guo et al. 2025, arXiv 2505.22323).
/// <para><c>paper</c>, equation 7: −(1/T) Σ_t Σ_e (1/E) (s_te − s̄_e)², s the chosen K probabilities renormalised (0 elsewhere), s̄_e their mean
/// over tokens; here divided by T, which the paper's sum is not. Between −(1/E)(1 − 1/E) and 0; 0 when every token is routed alike.</para>
/// <para><c>code</c>, as the authors' program has it: −(1/T) Σ_t 1/(E−1) Σ_e (p_te − 1/E)², p the distribution over all experts: the variance
/// over experts within a token, which routing all tokens alike does not diminish. Between −1/E and 0.</para></remarks>
public sealed class RoutingVarianceLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "variance";

    private static readonly LossOptions s_defaults = new() { Formula = "paper", Coefficient = 1e-3, Layers = "mean", Scaling = "dynamic" };

    private static readonly Dictionary<string, string[]> s_choices = new()
    {
        ["formula"] = ["paper", "code"], ["layers"] = ["mean", "sum"], ["scaling"] = LossOptions.Scalings,
    };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public RoutingVarianceLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means)
    {
        if (means.Native)
            return Options.Formula == "code" ? NativeLosses.ShareVariance(means) : NativeLosses.ChosenVariance(means);
        var experts = (double)means.Experts;

        // Shares sum to 1: the variance of E numbers about 1/E is (Σ p² − 1/E) / (E − 1).
        if (Options.Formula == "code")
            return (means.TokenMean(means.ByToken("full").square().sum(-1)) - 1.0 / experts) / -Math.Max(experts - 1.0, 1.0);

        // Over tokens it is the mean square less the square of the mean, summed over experts.
        var s_NTE = means.ByToken("post_top_k");
        var square_N = means.TokenMean(s_NTE.square().sum(-1));
        var mean_NE = means.TokenMean(s_NTE.transpose(-1, -2));
        return (mean_NE.square().sum(-1) - square_N) / experts;
    }
}
