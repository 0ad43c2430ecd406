// B batch, L length, T = B·L, D model, V vocabulary.
using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>What a forward pass gives.</summary>
/// <param name="Logits">Scores of the next token, [T, V], the sequences one after another.</param>
/// <param name="Routers">Where each layer sent its tokens, first layer first.</param>
public sealed record ModelOutput(Tensor Logits, IReadOnlyList<RouterOutput> Routers);

/// <summary>The Qwen3-MoE language model: embedding, decoder layers, final norm, untied head. Weights are fp32.</summary>
/// <remarks>Not safe for several threads at once. Owns its weights: dispose it.</remarks>
public sealed partial class MoeTransformer : IDisposable
{
    private readonly DecoderLayer[] _layers;
    private readonly RotaryEmbedding _rotary;
    private readonly CausalMask _mask = new();
    private FusedStep? _fused;
    private Precision _precision;

    private MoeTransformer(ModelOptions options, IExpertKernel experts, Device device)
    {
        Options = options.Validate();
        Device = device;
        _rotary = new RotaryEmbedding(Options.HeadDim, Options.RopeTheta, device);
        Layout = new ParameterLayout(Options, device);
        _layers = [.. Layout.Layers.Select(w => new DecoderLayer(Options, w, _rotary, _mask, experts))];
    }

    /// <summary>The model's shape.</summary>
    public ModelOptions Options { get; }

    /// <summary>Where its weights lie.</summary>
    public Device Device { get; }

    /// <summary>The weights and their names.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>What is trained, in a fixed order.</summary>
    public IReadOnlyList<Parameter> Parameters => Layout.Parameters;

    /// <summary>Makes a model with initial weights: normal with the options' standard deviation, norms 1.</summary>
    /// <param name="options">The shape.</param>
    /// <param name="seed">Names the random streams, one for each of transformers' parameter names, so that the weights depend
    /// neither on the machine nor on how they are stacked.</param>
    /// <param name="experts">How experts are computed; null for <see cref="SegmentedExpertKernel"/> on the host,
    /// elsewhere <see cref="GroupedExpertKernel"/> where libtorch has it, else <see cref="PaddedExpertKernel"/>.</param>
    /// <param name="device">Where; null for the host.</param>
    /// <exception cref="OptionException">The shape is impossible.</exception>
    public static MoeTransformer Create(ModelOptions options, long seed, IExpertKernel? experts = null, Device? device = null)
    {
        var model = Empty(options, experts, device);
        Initialization.Fill(model.Layout, model.Options, seed);
        return model;
    }

    /// <summary>Makes a model whose matrices are 0, to be filled by a checkpoint.</summary>
    internal static MoeTransformer Empty(ModelOptions options, IExpertKernel? experts, Device? device) =>
        new(options, experts ?? DefaultKernel(device), device ?? torch.CPU);

    private static IExpertKernel DefaultKernel(Device? device) =>
        (device ?? torch.CPU).type == DeviceType.CPU ? new SegmentedExpertKernel()
        : GroupedExpertKernel.Exists ? new GroupedExpertKernel() : new PaddedExpertKernel();

    /// <summary>Scores the next token at every position.</summary>
    /// <param name="ids_BL">Token ids, int64, at most <see cref="ModelOptions.MaxPositions"/> long.</param>
    /// <exception cref="ArgumentException">The sequence is longer than the model's positions.</exception>
    public ModelOutput Forward(Tensor ids_BL)
    {
        RequireLength(ids_BL);
        using var pass = new CompositePass(Options, Layout, _layers, ids_BL);
        var (x_TD, routers) = Through(pass);
        using (x_TD)
            return new ModelOutput(pass.Logits(x_TD), routers);
    }

    /// <summary>The pass of a training step: how surprising the targets are, and where the layers sent the tokens.</summary>
    /// <param name="batch">What goes in, and what should come out.</param>
    /// <param name="capture">What of the experts' insides to keep for losses.</param>
    /// <param name="gradientScale">The gradient that the summed loss will get, 1 / the tokens it is divided by; null for 1 / this batch's.
    /// Another one than foreseen is right as well, and slower.</param>
    /// <exception cref="ArgumentException">The sequences are longer than the model's positions.</exception>
    public TrainingOutput ForwardTraining(TrainingBatch batch, RoutingCapture capture = RoutingCapture.None, double? gradientScale = null)
    {
        using var pass = Pass(batch, capture, gradientScale);
        var (x_TD, routers) = Through(pass);
        using (x_TD)
            return new TrainingOutput(pass.NegativeLogLikelihood(x_TD), routers);
    }

    /// <summary>As <see cref="ForwardTraining"/>, keeping only what goes in between layers: the gradient is taken by the pass that is returned.</summary>
    /// <inheritdoc cref="ForwardTraining" path="/param|/exception"/>
    public CheckpointedPass ForwardCheckpointed(TrainingBatch batch, RoutingCapture capture = RoutingCapture.None, double? gradientScale = null) =>
        new(Pass(batch, capture, gradientScale));

    private ITrainingPass Pass(TrainingBatch batch, RoutingCapture capture, double? gradientScale)
    {
        RequireLength(batch.Ids);
        return _fused is not null
            ? _fused.Pass(batch, capture, gradientScale ?? 1.0 / Math.Max(1, batch.PredictedTokens))
            : new CompositePass(Options, Layout, _layers, batch, capture, _precision);
    }

    // The stream behind the last layer, [T, D].
    private static (Tensor Stream, IReadOnlyList<RouterOutput> Routers) Through(ITrainingPass pass)
    {
        var routers = new List<RouterOutput>(pass.Layers);
        var x_TD = pass.Embed();
        for (var i = 0; i < pass.Layers; i++)
        {
            // What a layer computes on its way lives on only where the gradient needs it.
            using var scope = torch.NewDisposeScope();
            var (next_TD, routing) = pass.Layer(i, x_TD);
            x_TD.Dispose();
            x_TD = scope.MoveToOuter(next_TD);
            if (routing is not null)
                routers.Add(routing.KeepBeyond(scope));
        }

        return (x_TD, routers);
    }

    /// <summary>Whether the fused operators take the model's shape and device.</summary>
    public bool SupportsFusedStep => FusedStep.Supports(Options, Device);

    /// <summary>The layouts in which the fused step multiplies with a parameter, for an optimizer to fill as it steps; null where there are none.</summary>
    public PackedWeight? Packed(Parameter parameter) => _fused?.Of(parameter.Value);

    /// <summary>From now on <see cref="ForwardTraining"/> multiplies in this precision, operator by operator: bfloat16 by libtorch's autocast, with
    /// residual stream, norms, router, softmax and loss in Float32.</summary>
    public void UseComposite(Precision precision)
    {
        _fused?.Dispose();
        (_fused, _precision) = (null, precision);
    }

    /// <summary>From now on <see cref="ForwardTraining"/> multiplies in this precision, by fused operators.</summary>
    /// <exception cref="OptionException">The fused operators do not take the model's shape or device.</exception>
    public void UseFusedStep(Precision precision)
    {
        if (!SupportsFusedStep)
        {
            throw new OptionException("train.kernels", $"the fused step needs a CPU, and widths in multiples of 16; the model has hidden_size {Options.Dim}, "
                + $"expert_size {Options.ExpertWidth}, head_dim {Options.HeadDim} on {Device.type}", "Choose such widths, or set train.kernels to composite.");
        }

        _fused?.Dispose();
        _fused = new FusedStep(Options, Layout, _rotary, precision);
    }

    private void RequireLength(Tensor ids_BL)
    {
        var length = ids_BL.size(1);
        if (length > Options.MaxPositions)
            throw new ArgumentException($"A sequence of {length} tokens is longer than the model's {Options.MaxPositions} positions.", nameof(ids_BL));
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _fused?.Dispose();
        Layout.Dispose();
        _rotary.Dispose();
        _mask.Dispose();
    }
}
