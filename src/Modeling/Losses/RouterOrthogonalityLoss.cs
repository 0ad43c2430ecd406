// D model, E experts, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Orthogonal router rows: ‖Ŵ Ŵᵀ − I‖²_F / E², Ŵ the router's weight with rows of length 1.</summary>
/// <remarks>As ERNIE 4.5's released program has it (without groups). From 0 (orthogonal rows) to 1 − 1/E (all alike). A loss on weights:
/// what was routed does not enter.</remarks>
public sealed class RouterOrthogonalityLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "router_orthogonality";

    private static readonly LossOptions s_defaults = new() { Formula = "gram", Coefficient = 1e-3, Epsilon = 1e-12, Layers = "mean" };

    private static readonly Dictionary<string, string[]> s_choices = new() { ["formula"] = ["gram"], ["layers"] = ["mean", "sum"] };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public RouterOrthogonalityLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means)
    {
        var w_NED = means.RouterWeights();
        var unit_NED = w_NED * (w_NED.square().sum(-1, keepdim: true) + Options.Epsilon!.Value).rsqrt();
        var gram_NEE = torch.matmul(unit_NED, unit_NED.transpose(-1, -2));
        var experts = w_NED.size(1);
        return means.Scope.Once(Name, (gram_NEE - torch.eye(experts, dtype: gram_NEE.dtype, device: gram_NEE.device)).square().sum([-2, -1]) / ((double)experts * experts));
    }
}
