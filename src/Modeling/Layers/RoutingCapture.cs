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
}
