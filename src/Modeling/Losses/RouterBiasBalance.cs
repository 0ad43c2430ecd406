// E experts, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Balancing without a loss: after each step every expert's bias moves by u towards the mean load.</summary>
/// <remarks>b_e ← b_e + u · sign(mean_e c − c_e), c the tokens of each expert over all micro-batches and ranks of the step (Wang et al. 2024,
/// arXiv 2408.15664, algorithm 1). Whole numbers, so that the order of the additions changes nothing.</remarks>
internal static class RouterBiasBalance
{
    private const string Counts = "router_bias.counts";

    /// <summary>Counts a micro-batch's tokens.</summary>
    public static void Count(RoutingMeans means, StepScope scope)
    {
        scope.Collect(Counts, means.Counts());
    }

    /// <summary>Moves the biases of a model's layers after the step whose tokens were counted.</summary>
    public static void Move(ParameterLayout weights, StepScope scope)
    {
        var biases = weights.RouterBiases;
        if (biases.Count == 0)
            return;
        using var inner = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        if (scope.Collected(Counts) is not { } counts_NE)
            return;
        var step_NE = (counts_NE.mean([-1], keepdim: true) - counts_NE).sign() * weights.RouterBiasRate;
        for (var layer = 0; layer < biases.Count; layer++)
            biases[layer].add_(step_NE.select(0, layer));
    }
}
