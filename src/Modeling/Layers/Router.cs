// T tokens, D model, E experts, K top-k.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Where a layer sent its tokens.</summary>
/// <param name="Probabilities">Softmax over all experts, [T, E].</param>
/// <param name="Indices">The K chosen experts, the most probable first, [T, K], int64.</param>
/// <param name="Weights">What their outputs are multiplied with, [T, K].</param>
public sealed record RouterOutput(Tensor Probabilities, Tensor Indices, Tensor Weights);

/// <summary>Softmax routing: p = softmax(W x), the K most probable experts, their probabilities divided by their sum.</summary>
public static class Router
{
    /// <summary>Routes tokens.</summary>
    /// <param name="x_TD">Normalised residual stream.</param>
    /// <param name="weight_ED">The router's weight.</param>
    /// <param name="topK">K.</param>
    /// <param name="normalise">Whether the weights of the chosen sum to 1.</param>
    public static RouterOutput Route(Tensor x_TD, Tensor weight_ED, int topK, bool normalise)
    {
        var probabilities_TE = torch.nn.functional.linear(x_TD, weight_ED).softmax(-1);
        var (chosen_TK, indices_TK) = torch.topk(probabilities_TE, topK, -1);
        return new RouterOutput(probabilities_TE, indices_TK, normalise ? chosen_TK / chosen_TK.sum(-1, keepdim: true) : chosen_TK);
    }
}
