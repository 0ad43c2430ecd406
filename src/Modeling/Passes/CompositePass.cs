// B batch, L length, T = B·L, D model, V vocabulary, G = B·key heads, Q queries per key head.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>A pass of libtorch's own operators; in bfloat16 by its autocast, part by part, so that a part that runs again runs alike.</summary>
internal sealed class CompositePass : ITrainingPass
{
    private readonly ModelOptions _options;
    private readonly ParameterLayout _layout;
    private readonly DecoderLayer[] _layers;
    private readonly RoutingCapture _capture;
    private readonly Tensor _ids_BL;
    private readonly TrainingBatch? _batch;
    private readonly Tensor? _mask_GNL;
    private readonly Precision _precision;

    /// <summary>Prepares the pass of a batch that is trained on.</summary>
    public CompositePass(ModelOptions options, ParameterLayout layout, DecoderLayer[] layers, TrainingBatch batch, RoutingCapture capture, Precision precision)
        : this(options, layout, layers, batch.Ids)
    {
        (_capture, _batch, _precision) = (capture, batch, precision);
        if (batch.Starts is { } starts_T)
            _mask_GNL = DocumentMask.Of(starts_T, batch.Ids.size(0), options.KvHeads, options.Heads / options.KvHeads, layout.Embedding).DetachFromDisposeScope();
    }

    /// <summary>Prepares the pass of tokens that are only scored.</summary>
    public CompositePass(ModelOptions options, ParameterLayout layout, DecoderLayer[] layers, Tensor ids_BL) =>
        (_options, _layout, _layers, _ids_BL) = (options, layout, layers, ids_BL);

    /// <inheritdoc/>
    public int Layers => _layers.Length;

    /// <inheritdoc/>
    public Tensor Embed() => _layout.Embedding.index_select(0, _ids_BL.flatten());

    /// <inheritdoc/>
    public (Tensor Stream, RouterOutput? Routing) Layer(int layer, Tensor x_TD)
    {
        using var cast = Cast();
        return _layers[layer].Forward(x_TD, _ids_BL.size(0), _capture, _mask_GNL);
    }

    /// <summary>Scores of the next token, [T, V].</summary>
    public Tensor Logits(Tensor x_TD)
    {
        using var cast = Cast();
        using var last_TD = RmsNorm.Apply(x_TD, _layout.FinalNorm, _options.NormEpsilon);
        return torch.nn.functional.linear(last_TD, _layout.Head);
    }

    /// <inheritdoc/>
    public Tensor NegativeLogLikelihood(Tensor x_TD) => TrainingOutput.FromLogits(Logits(x_TD), _batch!, []).NegativeLogLikelihood;

    /// <inheritdoc/>
    public void Dispose() => _mask_GNL?.Dispose();

    private IDisposable? Cast() => _precision == Precision.Bf16 ? torch.autocast(_ids_BL.device.type) : null;
}
