// B batch, T tokens, D model.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>One pre-norm layer: x + attention(norm x), then x + experts(norm x).</summary>
public sealed partial class DecoderLayer
{
    private readonly ModelOptions _options;
    private readonly Attention _attention;
    private readonly IExpertKernel _experts;

    /// <summary>Builds the layer on its weights.</summary>
    internal DecoderLayer(ModelOptions options, LayerWeights weights, RotaryEmbedding rotary, CausalMask mask, IExpertKernel experts)
    {
        (_options, Weights, _experts) = (options, weights, experts);
        _attention = new Attention(options, weights, rotary, mask);
    }

    /// <summary>The layer's weights.</summary>
    public LayerWeights Weights { get; }

    /// <summary>Runs the layer.</summary>
    /// <param name="x_TD">Residual stream.</param>
    /// <param name="batch">B.</param>
    /// <param name="capture">What of the experts' insides to keep.</param>
    /// <param name="mask">What is added to attention scores; null: the causal mask.</param>
    /// <returns>The stream after the layer, and where the router sent its tokens; null where there is none.</returns>
    public (Tensor Stream, RouterOutput? Routing) Forward(Tensor x_TD, long batch, RoutingCapture capture = RoutingCapture.None, Tensor? mask = null)
    {
        x_TD += _attention.Forward(RmsNorm.Apply(x_TD, Weights.InputNorm, _options.NormEpsilon), batch, mask);
        var (output_TD, routing) = FeedForward(RmsNorm.Apply(x_TD, Weights.PostAttentionNorm, _options.NormEpsilon), capture);
        return (x_TD + output_TD, routing);
    }

    // The routed experts and the shared ones, or the only network of a dense layer.
    private (Tensor Output, RouterOutput? Routing) FeedForward(Tensor normed_TD, RoutingCapture capture)
    {
        if (Weights.IsDense)
            return (SwiGlu.Network(normed_TD, Weights.GateUp, Weights.Down), null);
        var routing = Router.Route(normed_TD, Weights, _options);
        var experts = _experts.Forward(normed_TD, routing.Indices, routing.Weights, Weights.GateUp, Weights.Down, capture.AsRows()).Widened();
        var output_TD = Weights.SharedGateUp is { } gateUp ? experts.Output + SwiGlu.Network(normed_TD, gateUp, Weights.SharedDown!) : experts.Output;
        return (output_TD, routing.With(experts));
    }
}
