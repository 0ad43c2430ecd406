using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Load balancing as in Switch and GShard: E · Σ_i f_i P_i, f the shares of assignments, P the mean probabilities.</summary>
/// <remarks>1 when balanced perfectly, up to E when all tokens go to one expert. The gradient flows through P alone.</remarks>
public sealed class LoadBalancingLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "load_balance";

    private static readonly LossOptions s_defaults = new() { Formula = "switch", Coefficient = 1e-3, Layers = "mean", Granularity = "micro_batch" };

    private static readonly Dictionary<string, string[]> s_choices = new()
    {
        ["formula"] = ["switch"], ["layers"] = ["mean", "sum"], ["granularity"] = ["micro_batch"],
    };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public LoadBalancingLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means) => (means.Load() * means.MeanProbability()).sum(-1) * (double)means.Experts;
}
