// T tokens, D model, E experts, K top-k, F expert width.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Where a layer sent its tokens.</summary>
/// <param name="Logits">The router's scores, [T, E].</param>
/// <param name="Probabilities">Softmax over all experts, [T, E].</param>
/// <param name="Indices">The K chosen experts, the most probable first, [T, K], int64.</param>
/// <param name="Weights">What their outputs are multiplied with, [T, K].</param>
public sealed record RouterOutput(Tensor Logits, Tensor Probabilities, Tensor Indices, Tensor Weights)
{
    /// <summary>What each chosen expert said, without its weight, [T, K, D]; null unless captured.</summary>
    public Tensor? ExpertOutputs { get; init; }

    /// <summary>silu(gate) · up of each chosen expert, [T, K, F]; null unless captured.</summary>
    public Tensor? Activations { get; init; }

    /// <summary>Moves what is here out of a scope that is about to end.</summary>
    internal RouterOutput KeepBeyond(DisposeScope scope)
    {
        foreach (var kept in (ReadOnlySpan<Tensor?>)[Logits, Probabilities, Indices, Weights, ExpertOutputs, Activations])
        {
            if (kept is not null)
                scope.MoveToOuter(kept);
        }

        return this;
    }
}

/// <summary>Softmax routing: p = softmax(W x), the K most probable experts, their probabilities divided by their sum.</summary>
public static class Router
{
    /// <summary>Routes tokens.</summary>
    /// <param name="x_TD">Normalised residual stream.</param>
    /// <param name="weight_ED">The router's weight.</param>
    /// <param name="topK">K.</param>
    /// <param name="normalise">Whether the weights of the chosen sum to 1.</param>
    public static RouterOutput Route(Tensor x_TD, Tensor weight_ED, int topK, bool normalise) =>
        FromLogits(torch.nn.functional.linear(x_TD, weight_ED), topK, normalise);

    /// <summary>Routes tokens by their scores.</summary>
    /// <param name="logits_TE">The scores.</param>
    /// <param name="topK">K.</param>
    /// <param name="normalise">Whether the weights of the chosen sum to 1.</param>
    public static RouterOutput FromLogits(Tensor logits_TE, int topK, bool normalise)
    {
        var probabilities_TE = logits_TE.softmax(-1);
        var (chosen_TK, indices_TK) = torch.topk(probabilities_TE, topK, -1);
        return new RouterOutput(logits_TE, probabilities_TE, indices_TK, normalise ? chosen_TK / chosen_TK.sum(-1, keepdim: true) : chosen_TK);
    }
}
