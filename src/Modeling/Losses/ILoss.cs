using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>An auxiliary loss on routing.</summary>
public interface ILoss
{
    /// <summary>Its name in recipes and in <c>metrics.csv</c>.</summary>
    string Name { get; }

    /// <summary>Its options, every default filled in.</summary>
    LossOptions Options { get; }

    /// <summary>The unscaled loss of each layer, [N], with gradient.</summary>
    /// <param name="means">The batch's routing.</param>
    Tensor PerLayer(RoutingMeans means);
}
