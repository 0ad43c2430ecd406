// T tokens, D model, E experts, K top-k, F expert width.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Where a layer sent its tokens.</summary>
/// <param name="Logits">The router's scores, [T, E].</param>
/// <param name="Probabilities">The shares of all experts, which sum to 1, [T, E]: softmax, or sigmoids by their sum.</param>
/// <param name="Indices">The K chosen experts, the largest share (with its bias) first, [T, K], int64.</param>
/// <param name="Weights">What their outputs are multiplied with, [T, K].</param>
public sealed record RouterOutput(Tensor Logits, Tensor Probabilities, Tensor Indices, Tensor Weights)
{
    /// <summary>What each chosen expert said, without its weight, [T, K, D]; null unless captured.</summary>
    public Tensor? ExpertOutputs { get; init; }

    /// <summary>silu(gate) · up of each chosen expert, [T, K, F]; null unless captured.</summary>
    public Tensor? Activations { get; init; }

    /// <summary>⟨y_tj, y_tk⟩ of what each two chosen experts said, [T, K, K]; null unless captured by a pass that makes them on its way.</summary>
    public Tensor? OutputProducts { get; init; }

    /// <summary>The same of their silu(gate) · up as it is multiplied, [T, K, K]; likewise.</summary>
    public Tensor? ActivationProducts { get; init; }

    /// <summary>What a gradient can flow to.</summary>
    internal IEnumerable<Tensor> Differentiable =>
        new[] { Logits, Probabilities, Weights, ExpertOutputs, Activations, OutputProducts, ActivationProducts }.OfType<Tensor>();

    /// <summary>Replaces what a gradient can flow to.</summary>
    internal RouterOutput Map(Func<Tensor, Tensor> change) => new(change(Logits), change(Probabilities), Indices, change(Weights))
    {
        ExpertOutputs = ExpertOutputs is null ? null : change(ExpertOutputs),
        Activations = Activations is null ? null : change(Activations),
        OutputProducts = OutputProducts is null ? null : change(OutputProducts),
        ActivationProducts = ActivationProducts is null ? null : change(ActivationProducts),
    };

    /// <summary>With what a layer's experts gave beside their sum.</summary>
    internal RouterOutput With(ExpertResult experts) => this with
    {
        ExpertOutputs = experts.ExpertOutputs, Activations = experts.Activations,
        OutputProducts = experts.OutputProducts, ActivationProducts = experts.ActivationProducts,
    };

    /// <summary>Moves what is here out of a scope that is about to end.</summary>
    internal RouterOutput KeepBeyond(DisposeScope scope)
    {
        foreach (var kept in (ReadOnlySpan<Tensor?>)[Logits, Probabilities, Indices, Weights, ExpertOutputs, Activations, OutputProducts, ActivationProducts])
        {
            if (kept is not null)
                scope.MoveToOuter(kept);
        }

        return this;
    }
}

/// <summary>How a router's scores become the shares of experts.</summary>
public enum RouterScore
{
    /// <summary>exp x_e / Σ exp x.</summary>
    Softmax,

    /// <summary>1 / (1 + exp −x_e), each expert by itself (DeepSeek-V3, arXiv 2412.19437).</summary>
    Sigmoid,
}

/// <summary>Routing: s = softmax(W x) or sigmoid(W x), the K experts with the largest s, their s as weights, as they are or by their sum.</summary>
/// <remarks>With a bias b (Wang et al. 2024, arXiv 2408.15664) the K largest s + b are chosen, and the weights remain those of s.</remarks>
public static class Router
{
    /// <summary>Routes tokens by softmax.</summary>
    /// <param name="x_TD">Normalised residual stream.</param>
    /// <param name="weight_ED">The router's weight.</param>
    /// <param name="topK">K.</param>
    /// <param name="normalise">Whether the weights of the chosen sum to 1.</param>
    public static RouterOutput Route(Tensor x_TD, Tensor weight_ED, int topK, bool normalise) =>
        FromLogits(Scores(x_TD, weight_ED), topK, normalise);

    // In mixed precision too as they are: which experts are chosen hangs on small differences.
    private static Tensor Scores(Tensor x_TD, Tensor weight_ED)
    {
        using var exact = torch.autocast(x_TD.device.type, enabled: false);
        return torch.nn.functional.linear(x_TD, weight_ED);
    }

    /// <summary>Routes tokens as a model does.</summary>
    /// <param name="x_TD">Normalised residual stream.</param>
    /// <param name="weights">The layer's router, and its bias if it has one.</param>
    /// <param name="options">The model's.</param>
    public static RouterOutput Route(Tensor x_TD, LayerWeights weights, ModelOptions options) =>
        FromLogits(Scores(x_TD, weights.Router), options.TopK, options.NormaliseTopK, options.RouterScore, weights.RouterBias);

    /// <summary>Routes tokens by their scores.</summary>
    /// <param name="logits_TE">The scores.</param>
    /// <param name="topK">K.</param>
    /// <param name="normalise">Whether the weights of the chosen sum to 1.</param>
    /// <param name="score">How scores become shares.</param>
    /// <param name="bias_E">What is added to the shares where experts are chosen; null for nothing.</param>
    public static RouterOutput FromLogits(Tensor logits_TE, int topK, bool normalise, RouterScore score = RouterScore.Softmax, Tensor? bias_E = null)
    {
        var share_TE = score == RouterScore.Softmax ? logits_TE.softmax(-1) : logits_TE.sigmoid();
        var (chosen_TK, indices_TK) = torch.topk(bias_E is null ? share_TE : share_TE.detach() + bias_E, topK, -1);
        if (bias_E is not null)
            chosen_TK = share_TE.gather(-1, indices_TK);
        var probabilities_TE = score == RouterScore.Softmax ? share_TE : share_TE / share_TE.sum(-1, keepdim: true);
        return new RouterOutput(logits_TE, probabilities_TE, indices_TK, normalise ? chosen_TK / chosen_TK.sum(-1, keepdim: true) : chosen_TK);
    }
}
