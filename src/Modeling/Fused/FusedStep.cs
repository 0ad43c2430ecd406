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

    /// <summary>Allocates the packed weights of a model whose shape is supported.</summary>
    public FusedStep(ModelOptions options, ParameterLayout layout, RotaryEmbedding rotary, Precision precision)
    {
        (_options, _layout, _rotary) = (options, layout, rotary);
        _layers = [.. layout.Layers.Select(w => new PackedLayer(
            new PackedWeight(w.Qkv, precision), new PackedWeight(w.Output, precision), new PackedWeight(w.GateUp, precision), new PackedWeight(w.Down, precision),
            w.SharedGateUp is null ? null : new PackedWeight(w.SharedGateUp, precision), w.SharedDown is null ? null : new PackedWeight(w.SharedDown, precision)))];
        _head = new PackedWeight(layout.Head, precision);
    }

    /// <summary>Whether the operators take this shape: widths in whole vectors of 16.</summary>
    public static bool Supports(ModelOptions options, Device device) =>
        device.type == DeviceType.CPU && options.Dim % Multiple == 0 && options.ExpertWidth % Multiple == 0 && options.ResolvedHeadDim % Multiple == 0
        && options.ResolvedDenseWidth % Multiple == 0 && options.SharedWidth % Multiple == 0;

    /// <summary>Runs the pass.</summary>
    /// <param name="batch">What goes in, and what should come out.</param>
    /// <param name="capture">What of the experts' insides to keep.</param>
    /// <param name="gradientScale">The gradient that the summed loss will get.</param>
    public TrainingOutput Forward(TrainingBatch batch, RoutingCapture capture, double gradientScale)
    {
        foreach (var weight in Weights())
            weight.Refresh();
        var sequences = batch.Ids.size(0);
        var (cos, sin) = _rotary.Angles(batch.Ids.size(1));
        var routers = new List<RouterOutput>(_layers.Length);
        var (all_T1, one_T1) = WholeToOne(batch.Ids.numel());
        var x_TD = FusedOperators.Embed(_layout.Embedding, batch.Ids);
        for (var i = 0; i < _layers.Length; i++)
        {
            var (w, packed) = (_layout.Layers[i], _layers[i]);
            using var scope = torch.NewDisposeScope();
            var mixed_TD = FusedOperators.Attention(x_TD, w, packed, cos, sin, batch.Starts, sequences, _options);
            if (w.IsDense)
            {
                var normed_TD = RmsNorm.Apply(mixed_TD, w.PostAttentionNorm, _options.NormEpsilon);
                x_TD.Dispose();
                x_TD = scope.MoveToOuter(FusedOperators.Experts(mixed_TD, normed_TD, all_T1, one_T1, w.GateUp, w.Down, packed.GateUp, packed.Down, RoutingCapture.None).Output);
                continue;
            }

            var (h_TD, logits_TE) = FusedOperators.NormRouter(mixed_TD, w.PostAttentionNorm, w.Router, _options.NormEpsilon);
            var routing = FusedOperators.Route(logits_TE, w.RouterBias, _options.TopK, _options.NormaliseTopK, _options.RouterScore == RouterScore.Sigmoid);
            var experts = FusedOperators.Experts(mixed_TD, h_TD, routing.Indices, routing.Weights, w.GateUp, w.Down, packed.GateUp, packed.Down, capture);
            var next_TD = w.SharedGateUp is null ? experts.Output
                : FusedOperators.Experts(experts.Output, h_TD, all_T1, one_T1, w.SharedGateUp, w.SharedDown!, packed.SharedGateUp!, packed.SharedDown!, RoutingCapture.None).Output;
            routers.Add((routing with { ExpertOutputs = experts.ExpertOutputs, Activations = experts.Activations }).KeepBeyond(scope));
            x_TD.Dispose();
            x_TD = scope.MoveToOuter(next_TD);
        }

        using (x_TD)
        {
            return new TrainingOutput(
                FusedOperators.HeadLoss(x_TD, _layout.FinalNorm, _layout.Head, _head, batch.Targets, gradientScale, _options.NormEpsilon), routers);
        }
    }

    /// <summary>The packings of a parameter; null where it has none.</summary>
    public PackedWeight? Of(Tensor parameter) => Weights().FirstOrDefault(w => w.Packs(parameter));

    /// <summary>Frees the packed weights.</summary>
    public void Dispose()
    {
        foreach (var weight in Weights())
            weight.Dispose();
    }

    // A network that all tokens pass is an expert that all of them choose, with the weight 1.
    private (Tensor Indices, Tensor Weights) WholeToOne(long tokens) =>
        (torch.zeros([tokens, 1], dtype: ScalarType.Int64), torch.ones([tokens, 1]));

    private IEnumerable<PackedWeight> Weights() =>
        _layers.SelectMany(l => new[] { l.Qkv, l.Output, l.GateUp, l.Down, l.SharedGateUp, l.SharedDown }).Append(_head).OfType<PackedWeight>();
}
