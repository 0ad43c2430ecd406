using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>An auxiliary loss on routing or on what experts do.</summary>
public interface ILoss
{
    /// <summary>Its name in recipes and in <c>metrics.csv</c>.</summary>
    string Name { get; }

    /// <summary>Its options, every default filled in.</summary>
    LossOptions Options { get; }

    /// <summary>What of the experts' insides it is made of, beside where the tokens went.</summary>
    RoutingCapture Capture => RoutingCapture.None;

    /// <summary>How many values <see cref="PerLayer"/> gives for N layers with experts; fewer than N where a value is of two layers.</summary>
    int Values(int layers) => layers;

    /// <summary>The unscaled loss of each layer, [N], with gradient.</summary>
    /// <param name="means">The batch's routing.</param>
    Tensor PerLayer(RoutingMeans means);
}

/// <summary>A loss whose sums may span the micro-batches of a step: it has to see them all before it has a gradient.</summary>
public interface ILookAheadLoss : ILoss
{
    /// <summary>Whether it does so with its options.</summary>
    bool LooksAhead { get; }

    /// <summary>Puts a micro-batch's sums into <see cref="RoutingMeans.Scope"/>.</summary>
    void Collect(RoutingMeans means);
}
