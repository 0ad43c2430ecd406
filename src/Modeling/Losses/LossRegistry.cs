using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary>The auxiliary losses by name.</summary>
public static class LossRegistry
{
    private static readonly Dictionary<string, Func<LossOptions, ILoss>> s_losses = new()
    {
        [LoadBalancingLoss.RegistryName] = options => new LoadBalancingLoss(options),
        [RouterZLoss.RegistryName] = options => new RouterZLoss(options),
        [DivergenceLoss.RegistryName] = options => new DivergenceLoss(options),
        [ExpertOrthogonalityLoss.RegistryName] = options => new ExpertOrthogonalityLoss(options),
        [RoutingVarianceLoss.RegistryName] = options => new RoutingVarianceLoss(options),
        [RouterOrthogonalityLoss.RegistryName] = options => new RouterOrthogonalityLoss(options),
        [ActivationSpecialisationLoss.RegistryName] = options => new ActivationSpecialisationLoss(options),
        [CrossLayerCouplingLoss.RegistryName] = options => new CrossLayerCouplingLoss(options),
    };

    /// <summary>The names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyCollection<string> Names => s_losses.Keys;

    /// <summary>Makes a loss from its recipe entry.</summary>
    /// <exception cref="OptionException">The name, an option or a value is unknown.</exception>
    public static ILoss Create(string name, LossOptions options) => s_losses.TryGetValue(name, out var make)
        ? make(options)
        : throw new OptionException("losses." + name, "there is no such loss", NearestName.Hint(name, Names));
}
