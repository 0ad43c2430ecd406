// B batch, E experts, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Load balancing as in Switch and GShard: E · Σ_i f_i P_i, f the shares of assignments, P the mean probabilities.</summary>
/// <remarks>1 when balanced perfectly, up to E when all tokens go to one expert. The gradient flows through P alone. The granularity says
/// over which tokens f and P are taken: <c>micro_batch</c> (Fedus et al. 2021, arXiv 2101.03961); <c>sequence</c>, the mean over sequences of
/// each one's own value (DeepSeek-V2, arXiv 2405.04434); <c>global_batch</c> (Qiu et al. 2025, arXiv 2501.11873): f over all ranks and the
/// step's micro-batches so far, P local.</remarks>
public sealed class LoadBalancingLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "load_balance";

    private static readonly Operator s_operator = new("edl::load_balance");

    private static readonly LossOptions s_defaults = new() { Formula = "switch", Coefficient = 1e-3, Layers = "mean", Granularity = "micro_batch" };

    private static readonly Dictionary<string, string[]> s_choices = new()
    {
        ["formula"] = ["switch"], ["layers"] = ["mean", "sum"], ["granularity"] = ["micro_batch", "sequence", "global_batch"],
    };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public LoadBalancingLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means) => means.Native && Options.Granularity != "global_batch"
        ? s_operator.Call(means.BySequenceInDouble("full"), means.CountsBySequence(), Options.Granularity == "sequence")
        : Composite(means);

    private Tensor Composite(RoutingMeans means) => (double)means.Experts * Options.Granularity switch
    {
        "sequence" => (means.LoadBySequence() * means.BySequence("full")).sum(-1).mean([-1]),
        "global_batch" => (GlobalLoad(means) * means.MeanProbability()).sum(-1),
        _ => (means.Load() * means.MeanProbability()).sum(-1),
    };

    private Tensor GlobalLoad(RoutingMeans means)
    {
        var counts_NE = means.Scope.SoFar(Name, means.Counts());
        return counts_NE / counts_NE.sum(-1, keepdim: true);
    }
}
