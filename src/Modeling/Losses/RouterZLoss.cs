// T tokens, E experts, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Router z-loss: mean over tokens of (log Σ_e exp x_te)², x the router's scores; keeps them from growing.</summary>
/// <remarks>ST-MoE (Zoph et al. 2022, arXiv 2202.08906), equation 5. At least 0; (log E)² for scores of 0.</remarks>
public sealed class RouterZLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "z_loss";

    private static readonly LossOptions s_defaults = new() { Formula = "log_sum_exp", Coefficient = 1e-3, Layers = "mean" };

    private static readonly Dictionary<string, string[]> s_choices = new() { ["formula"] = ["log_sum_exp"], ["layers"] = ["mean", "sum"] };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public RouterZLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means) => means.TokenMean(means.Logits.logsumexp(-1).square());
}
