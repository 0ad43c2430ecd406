namespace ExpertDivergence.Modeling;

/// <summary>What of the experts' insides a training pass keeps for losses that are made of it; each costs memory and time.</summary>
[Flags]
public enum RoutingCapture
{
    /// <summary>Only where the tokens went.</summary>
    None = 0,

    /// <summary>What each chosen expert said, before its weight: <see cref="RouterOutput.ExpertOutputs"/>.</summary>
    ExpertOutputs = 1,

    /// <summary>What each chosen expert held between its projections: <see cref="RouterOutput.Activations"/>.</summary>
    Activations = 2,

    /// <summary>The inner products of what each token's experts said with each other: <see cref="RouterOutput.OutputProducts"/>. Cheaper than what they
    /// are made of.</summary>
    OutputProducts = 4,

    /// <summary>The inner products of what each token's experts held: <see cref="RouterOutput.ActivationProducts"/>.</summary>
    ActivationProducts = 8,
}

/// <summary>Words about what is kept.</summary>
internal static class RoutingCaptures
{
    /// <summary>The same where no inner products are made on the way: what they are made of is kept in their place.</summary>
    public static RoutingCapture AsRows(this RoutingCapture capture)
    {
        var rows = capture & (RoutingCapture.ExpertOutputs | RoutingCapture.Activations);
        if (capture.HasFlag(RoutingCapture.OutputProducts))
            rows |= RoutingCapture.ExpertOutputs;
        return capture.HasFlag(RoutingCapture.ActivationProducts) ? rows | RoutingCapture.Activations : rows;
    }
}
