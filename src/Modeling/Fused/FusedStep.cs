// B batch, L length, T = B·L, D model.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The packed weights of a layer.</summary>
internal sealed record PackedLayer(
    PackedWeight Qkv, PackedWeight Output, PackedWeight GateUp, PackedWeight Down, PackedWeight? SharedGateUp = null, PackedWeight? SharedDown = null);

/// <summary>A model's training pass by a few large operators on the host: about four times as fast as operator by operator.</summary>
/// <remarks>The same function as <see cref="MoeTransformer.Forward"/> and the loss on its logits. In <see cref="Precision.Fp32"/> it differs
/// only in rounding. Its results do not depend on the number of threads.</remarks>
internal sealed class FusedStep : IDisposable
{
    private const int Multiple = 16;

    private readonly ModelOptions _options;
    private readonly ParameterLayout _layout;
    private readonly RotaryEmbedding _rotary;
    private readonly PackedLayer[] _layers;
    private readonly PackedWeight _head;
    private readonly PackedWeight[] _weights;

    /// <summary>Allocates the packed weights of a model whose shape is supported.</summary>
    public FusedStep(ModelOptions options, ParameterLayout layout, RotaryEmbedding rotary, Precision precision)
    {
        (_options, _layout, _rotary) = (options, layout, rotary);
        _layers = [.. layout.Layers.Select(w => new PackedLayer(
            new PackedWeight(w.Qkv, precision), new PackedWeight(w.Output, precision), new PackedWeight(w.GateUp, precision), new PackedWeight(w.Down, precision),
            w.SharedGateUp is null ? null : new PackedWeight(w.SharedGateUp, precision), w.SharedDown is null ? null : new PackedWeight(w.SharedDown, precision)))];
        _head = new PackedWeight(layout.Head, precision);
        _weights = [.. _layers.SelectMany(l => new[] { l.Qkv, l.Output, l.GateUp, l.Down, l.SharedGateUp, l.SharedDown }).Append(_head).OfType<PackedWeight>()];
    }

    /// <summary>Whether the operators take this shape: widths in whole vectors of 16.</summary>
    public static bool Supports(ModelOptions options, Device device) =>
        device.type == DeviceType.CPU && options.Dim % Multiple == 0 && options.ExpertWidth % Multiple == 0 && options.ResolvedHeadDim % Multiple == 0
        && options.ResolvedDenseWidth % Multiple == 0 && options.SharedWidth % Multiple == 0;

    /// <summary>Prepares the pass of a batch.</summary>
    /// <param name="batch">What goes in, and what should come out.</param>
    /// <param name="capture">What of the experts' insides to keep.</param>
    /// <param name="gradientScale">The gradient that the summed loss will get.</param>
    public ITrainingPass Pass(TrainingBatch batch, RoutingCapture capture, double gradientScale)
    {
        foreach (var weight in _weights)
            weight.Refresh();
        return new FusedPass(this, batch, capture, gradientScale);
    }

    /// <summary>The packings of a parameter; null where it has none.</summary>
    public PackedWeight? Of(Tensor parameter) => _weights.FirstOrDefault(w => w.Packs(parameter));

    /// <summary>Frees the packed weights.</summary>
    public void Dispose()
    {
        foreach (var weight in _weights)
            weight.Dispose();
    }

    private sealed class FusedPass : ITrainingPass
    {
        private readonly FusedStep _step;
        private readonly TrainingBatch _batch;
        private readonly RoutingCapture _capture;
        private readonly double _gradientScale;
        private readonly Tensor _cos, _sin;
        private readonly Tensor? _all_T1, _one_T1;

        public FusedPass(FusedStep step, TrainingBatch batch, RoutingCapture capture, double gradientScale)
        {
            (_step, _batch, _capture, _gradientScale) = (step, batch, capture, gradientScale);
            (_cos, _sin) = step._rotary.Angles(batch.Ids.size(1));

            // A network that all tokens pass is an expert that all of them choose, with the weight 1.
            if (step._options is { FirstDenseLayers: 0, SharedWidth: 0 })
                return;
            var tokens = batch.Ids.numel();
            (_all_T1, _one_T1) = (torch.zeros([tokens, 1], dtype: ScalarType.Int64), torch.ones([tokens, 1]));
        }

        public int Layers => _step._layers.Length;

        public Tensor Embed() => FusedOperators.Embed(_step._layout.Embedding, _batch.Ids);

        public (Tensor Stream, RouterOutput? Routing) Layer(int layer, Tensor x_TD)
        {
            var (w, packed, options) = (_step._layout.Layers[layer], _step._layers[layer], _step._options);
            var mixed_TD = FusedOperators.Attention(x_TD, w, packed, _cos, _sin, _batch.Starts, _batch.Ids.size(0), options);
            if (w.IsDense)
                return (Network(mixed_TD, RmsNorm.Apply(mixed_TD, w.PostAttentionNorm, options.NormEpsilon), w.GateUp, w.Down, packed.GateUp, packed.Down), null);

            var (stream_TD, h_TD, routing) = FusedOperators.Router(mixed_TD, w.PostAttentionNorm, w.Router, w.RouterBias, options.NormEpsilon,
                options.TopK, options.NormaliseTopK, options.RouterScore == RouterScore.Sigmoid);
            var experts = FusedOperators.Experts(stream_TD, h_TD, routing.Indices, routing.Weights, w.GateUp, w.Down, packed.GateUp, packed.Down, _capture);
            var next_TD = w.SharedGateUp is null ? experts.Output
                : Network(experts.Output, h_TD, w.SharedGateUp, w.SharedDown!, packed.SharedGateUp!, packed.SharedDown!);
            return (next_TD, routing.With(experts));
        }

        public Tensor NegativeLogLikelihood(Tensor x_TD) => FusedOperators.HeadLoss(
            x_TD, _step._layout.FinalNorm, _step._layout.Head, _step._head, _batch.Targets, _gradientScale, _step._options.NormEpsilon);

        public void Dispose()
        {
        }

        private Tensor Network(Tensor residual_TD, Tensor h_TD, Tensor gateUp, Tensor down, PackedWeight packedGateUp, PackedWeight packedDown) =>
            FusedOperators.Experts(residual_TD, h_TD, _all_T1!, _one_T1!, gateUp, down, packedGateUp, packedDown, RoutingCapture.None).Output;
    }
}
