// D model, E experts, F expert width, H query heads, G key/value heads, R head width.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The weights of one decoder layer, laid out for few large products; <see cref="ParameterLayout"/> names their parts.</summary>
public sealed record LayerWeights
{
    /// <summary>Scale of the norm before attention, [D].</summary>
    public required Tensor InputNorm { get; init; }

    /// <summary>Query, key and value projections below one another, [(H + 2G)·R, D].</summary>
    public required Tensor Qkv { get; init; }

    /// <summary>Scale of the norm of a query head, [R].</summary>
    public required Tensor QueryNorm { get; init; }

    /// <summary>Scale of the norm of a key head, [R].</summary>
    public required Tensor KeyNorm { get; init; }

    /// <summary>Output projection of attention, [D, H·R].</summary>
    public required Tensor Output { get; init; }

    /// <summary>Scale of the norm before the experts, [D].</summary>
    public required Tensor PostAttentionNorm { get; init; }

    /// <summary>Router, [E, D]; without rows in a dense layer.</summary>
    public required Tensor Router { get; init; }

    /// <summary>What is added to the shares of experts where they are chosen, [E], not trained; null without balancing by bias.</summary>
    public Tensor? RouterBias { get; init; }

    /// <summary>Gate and up projections of every expert side by side, [E, D, 2F]; in a dense layer of its only network, [1, D, 2F].</summary>
    public required Tensor GateUp { get; init; }

    /// <summary>Down projection of every expert, [E, F, D]; in a dense layer of its only network, [1, F, D].</summary>
    public required Tensor Down { get; init; }

    /// <summary>Gate and up projections of the shared experts, one network as wide as all of them, [1, D, 2F]; null without.</summary>
    public Tensor? SharedGateUp { get; init; }

    /// <summary>Down projection of the shared experts, [1, F, D]; null without.</summary>
    public Tensor? SharedDown { get; init; }

    /// <summary>Whether the layer has one network for all tokens instead of experts.</summary>
    public bool IsDense => Router.size(0) == 0;
}
