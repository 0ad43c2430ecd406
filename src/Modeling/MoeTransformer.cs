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
    /// <param name="experts">How experts are computed; null for <see cref="SegmentedExpertKernel"/> on the host and
    /// <see cref="PaddedExpertKernel"/> elsewhere.</param>
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
        (device ?? torch.CPU).type == DeviceType.CPU ? new SegmentedExpertKernel() : new PaddedExpertKernel();

    /// <summary>Scores the next token at every position.</summary>
    /// <param name="ids_BL">Token ids, int64, at most <see cref="ModelOptions.MaxPositions"/> long.</param>
    /// <exception cref="ArgumentException">The sequence is longer than the model's positions.</exception>
    public ModelOutput Forward(Tensor ids_BL)
    {
        long batch = ids_BL.size(0), length = ids_BL.size(1);
        if (length > Options.MaxPositions)
            throw new ArgumentException($"A sequence of {length} tokens is longer than the model's {Options.MaxPositions} positions.", nameof(ids_BL));
        var routers = new RouterOutput[_layers.Length];
        var x_TD = Layout.Embedding.index_select(0, ids_BL.flatten());
        for (var i = 0; i < _layers.Length; i++)
        {
            // What a layer computes on its way lives on only where the gradient needs it.
            using var scope = torch.NewDisposeScope();
            var (next_TD, routing) = _layers[i].Forward(x_TD, batch);
            scope.MoveToOuter(routing.Probabilities);
            scope.MoveToOuter(routing.Indices);
            scope.MoveToOuter(routing.Weights);
            x_TD.Dispose();
            x_TD = scope.MoveToOuter(next_TD);
            routers[i] = routing;
        }

        using var last_TD = RmsNorm.Apply(x_TD, Layout.FinalNorm, Options.NormEpsilon);
        x_TD.Dispose();
        return new ModelOutput(torch.nn.functional.linear(last_TD, Layout.Head), routers);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        Layout.Dispose();
        _rotary.Dispose();
        _mask.Dispose();
    }
}
