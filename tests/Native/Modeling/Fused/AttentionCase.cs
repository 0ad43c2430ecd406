// B batch, L length, T = B·L, D model, H query heads, G key/value heads, R head width.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>An attention block on random weights, by the fused operator and by the composite in double.</summary>
internal sealed class AttentionCase
{
    private readonly ModelOptions _options;
    private readonly LayerWeights _weights;
    private readonly Tensor _x_TD, _dy_TD;
    private readonly int _batch;

    public AttentionCase(int batch, int length, int dim, int heads, int kvHeads, int width)
    {
        using var generator = new Generator(seed: 11);
        Tensor Random(double size, params long[] shape) => torch.randn(shape, generator: generator) * size;
        _options = new ModelOptions { Dim = dim, Heads = heads, KvHeads = kvHeads, HeadDim = width };
        _batch = batch;
        (_x_TD, _dy_TD) = (Random(1, batch * length, dim), Random(1, batch * length, dim));
        var matrix = 1.0 / Math.Sqrt(dim);
        _weights = new LayerWeights
        {
            InputNorm = Random(0.3, dim) + 1.0,
            Qkv = Random(matrix, (heads + (2 * kvHeads)) * width, dim),
            QueryNorm = Random(0.5, width) + 1.0,
            KeyNorm = Random(0.5, width) + 1.0,
            Output = Random(matrix, dim, heads * width),
            PostAttentionNorm = torch.ones(1),
            Router = torch.ones(1),
            GateUp = torch.ones(1),
            Down = torch.ones(1),
        };
    }

    private AttentionCase(AttentionCase whole, int from, int length) =>
        (_options, _weights, _batch, _x_TD, _dy_TD) = (whole._options, whole._weights, 1, whole._x_TD.narrow(0, from, length), whole._dy_TD.narrow(0, from, length));

    /// <summary>A stretch of tokens as a sequence of its own.</summary>
    public AttentionCase Part(int from, int length) => new(this, from, length);

    /// <summary>What is added to the stream, then the gradients of x, input norm, qkv, query norm, key norm and output projection.</summary>
    public Tensor[] Fused(Precision precision, int[]? starts = null)
    {
        var (x, w) = Leaves(ScalarType.Float32);
        return Results(Forward(x, w, precision, starts), x, w);
    }

    /// <summary>As <see cref="Fused"/>, by the model's own layers in double.</summary>
    public Tensor[] Exact()
    {
        var (x, w) = Leaves(ScalarType.Float64);
        using var rotary = new RotaryEmbedding(_options.HeadDim, _options.RopeTheta, torch.CPU);
        using var mask = new CausalMask();
        var y = x + new Attention(_options, w, rotary, mask).Forward(RmsNorm.Apply(x, w.InputNorm, _options.NormEpsilon), _batch);
        return Results(y, x, w);
    }

    /// <summary>What is added to the stream, where no history is recorded.</summary>
    public Tensor WithoutGradient(Precision precision, int[]? starts = null)
    {
        using var history = torch.no_grad();
        var (x, w) = Leaves(ScalarType.Float32);
        return Forward(x, w, precision, starts) - x;
    }

    /// <summary>The fused pass with some of its arguments exchanged for wrong ones.</summary>
    public Tensor Spoilt(Func<LayerWeights, LayerWeights> spoil, int? batch = null, long? length = null, int[]? starts = null) =>
        Forward(_x_TD, spoil(_weights), Precision.Fp32, starts, batch, length);

    private Tensor Forward(Tensor x, LayerWeights w, Precision precision, int[]? starts, int? batch = null, long? length = null)
    {
        using var rotary = new RotaryEmbedding(_options.HeadDim, _options.RopeTheta, torch.CPU);
        using PackedWeight qkv = new(_weights.Qkv, precision), output = new(_weights.Output, precision);
        qkv.Refresh();
        output.Refresh();
        var (cos, sin) = rotary.Angles(length ?? x.size(0) / _batch);
        var start_T = starts is null ? null : torch.tensor(starts, [starts.Length]);
        return FusedOperators.Attention(x, w, new PackedLayer(qkv, output, qkv, output), cos, sin, start_T, batch ?? _batch, _options);
    }

    private (Tensor X, LayerWeights Weights) Leaves(ScalarType type)
    {
        Tensor Leaf(Tensor tensor) => tensor.to(type).clone().requires_grad_();
        return (Leaf(_x_TD), _weights with
        {
            InputNorm = Leaf(_weights.InputNorm), Qkv = Leaf(_weights.Qkv), QueryNorm = Leaf(_weights.QueryNorm),
            KeyNorm = Leaf(_weights.KeyNorm), Output = Leaf(_weights.Output),
        });
    }

    private Tensor[] Results(Tensor y, Tensor x, LayerWeights w)
    {
        (y * _dy_TD).sum().backward();
        return [(y - x).detach(), x.grad! - _dy_TD, w.InputNorm.grad!, w.Qkv.grad!, w.QueryNorm.grad!, w.KeyNorm.grad!, w.Output.grad!];
    }
}
