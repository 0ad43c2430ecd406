// D model, E experts, F expert width, S width of all shared experts, W width of a dense layer, H query heads, G key/value heads, R head width, V vocabulary.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>One trained tensor.</summary>
/// <param name="Name">Its name in this program, where some of transformers' weights are stacked.</param>
/// <param name="Value">The tensor, a leaf with gradient.</param>
/// <param name="Decays">Whether weight decay applies: to matrices, not to norms.</param>
public sealed record Parameter(string Name, Tensor Value, bool Decays);

/// <summary>A model's weights as they are held (stacked for few large products) and as transformers names them (one by one).</summary>
public sealed class ParameterLayout : IDisposable
{
    // What DeepSeek-V3 and the models after it in transformers call it.
    private const string BiasName = "mlp.gate.e_score_correction_bias";

    private readonly ModelOptions _options;
    private readonly List<Parameter> _parameters = [];
    private readonly List<Tensor> _held = [];

    /// <summary>Allocates the weights of a validated shape: norms 1, matrices 0.</summary>
    internal ParameterLayout(ModelOptions options, Device device)
    {
        _options = options;
        long d = options.Dim, f = options.ExpertWidth, e = options.Experts, r = options.HeadDim, h = options.Heads, g = options.KvHeads;
        long s = options.SharedWidth, w = options.ResolvedDenseWidth;
        Embedding = Matrix("model.embed_tokens.weight", options.VocabSize, d);
        Layers = new LayerWeights[options.Layers];
        for (var i = 0; i < options.Layers; i++)
        {
            var (prefix, dense) = (Prefix(i), i < options.FirstDenseLayers);
            Layers[i] = new LayerWeights
            {
                InputNorm = Norm(prefix + "input_layernorm.weight", d),
                Qkv = Matrix(prefix + "self_attn.qkv_proj.weight", (h + 2 * g) * r, d),
                QueryNorm = Norm(prefix + "self_attn.q_norm.weight", r),
                KeyNorm = Norm(prefix + "self_attn.k_norm.weight", r),
                Output = Matrix(prefix + "self_attn.o_proj.weight", d, h * r),
                PostAttentionNorm = Norm(prefix + "post_attention_layernorm.weight", d),
                Router = dense ? Held(torch.zeros([0, d], device: device)) : Matrix(prefix + "mlp.gate.weight", e, d),
                RouterBias = options.RouterBias && !dense ? Held(torch.zeros([e], device: device)) : null,
                GateUp = dense ? Matrix(prefix + "mlp.gate_up_proj", 1, d, 2 * w) : Matrix(prefix + "mlp.experts.gate_up_proj", e, d, 2 * f),
                Down = dense ? Matrix(prefix + "mlp.down_proj", 1, w, d) : Matrix(prefix + "mlp.experts.down_proj", e, f, d),
                SharedGateUp = s > 0 && !dense ? Matrix(prefix + "mlp.shared_experts.gate_up_proj", 1, d, 2 * s) : null,
                SharedDown = s > 0 && !dense ? Matrix(prefix + "mlp.shared_experts.down_proj", 1, s, d) : null,
            };
        }

        Routers = [.. Layers.Where(l => !l.IsDense).Select(l => l.Router)];
        RouterBiases = [.. Layers.Select(l => l.RouterBias).OfType<Tensor>()];
        FinalNorm = Norm("model.norm.weight", d);
        Head = Matrix("lm_head.weight", options.VocabSize, d);

        Tensor Matrix(string name, params long[] shape) => Add(name, torch.zeros(shape, device: device), decays: true);
        Tensor Norm(string name, long width) => Add(name, torch.ones([width], device: device), decays: false);
        Tensor Held(Tensor value)
        {
            _held.Add(value.DetachFromDisposeScope());
            return value;
        }

        Tensor Add(string name, Tensor value, bool decays)
        {
            value.DetachFromDisposeScope().requires_grad_(true);
            _parameters.Add(new Parameter(name, value, decays));
            return value;
        }
    }

    /// <summary>Token embedding, [V, D].</summary>
    public Tensor Embedding { get; }

    /// <summary>The layers' weights.</summary>
    public LayerWeights[] Layers { get; }

    /// <summary>Scale of the last norm, [D].</summary>
    public Tensor FinalNorm { get; }

    /// <summary>Output head, [V, D].</summary>
    public Tensor Head { get; }

    /// <summary>What is trained, in a fixed order.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>The routers' weights, [E, D] each, first layer with experts first.</summary>
    public IReadOnlyList<Tensor> Routers { get; }

    /// <summary>The routers' biases, [E] each; none without balancing by bias.</summary>
    public IReadOnlyList<Tensor> RouterBiases { get; }

    /// <summary>How far a step moves them.</summary>
    public double RouterBiasRate => _options.RouterBiasRate;

    /// <summary>The names and shapes that transformers gives the weights of a model.</summary>
    public static IEnumerable<(string Name, long[] Shape)> TransformersShapes(ModelOptions options)
    {
        long d = options.Dim, f = options.ExpertWidth, r = options.ResolvedHeadDim, h = options.Heads, g = options.KvHeads;
        yield return ("model.embed_tokens.weight", [options.VocabSize, d]);
        for (var i = 0; i < options.Layers; i++)
        {
            var prefix = Prefix(i);
            yield return (prefix + "input_layernorm.weight", [d]);
            yield return (prefix + "self_attn.q_proj.weight", [h * r, d]);
            yield return (prefix + "self_attn.k_proj.weight", [g * r, d]);
            yield return (prefix + "self_attn.v_proj.weight", [g * r, d]);
            yield return (prefix + "self_attn.q_norm.weight", [r]);
            yield return (prefix + "self_attn.k_norm.weight", [r]);
            yield return (prefix + "self_attn.o_proj.weight", [d, h * r]);
            yield return (prefix + "post_attention_layernorm.weight", [d]);
            if (i < options.FirstDenseLayers)
            {
                foreach (var part in Network(prefix + "mlp", options.ResolvedDenseWidth))
                    yield return part;
                continue;
            }

            yield return (prefix + "mlp.gate.weight", [options.Experts, d]);
            if (options.RouterBias)
                yield return (prefix + BiasName, [options.Experts]);
            foreach (var part in Enumerable.Range(0, options.Experts).SelectMany(expert => Network($"{prefix}mlp.experts.{expert}", f)))
                yield return part;
            if (options.SharedWidth > 0)
            {
                foreach (var part in Network(prefix + "mlp.shared_experts", options.SharedWidth))
                    yield return part;
            }
        }

        yield return ("model.norm.weight", [d]);
        yield return ("lm_head.weight", [options.VocabSize, d]);

        (string, long[])[] Network(string name, long width) =>
            [($"{name}.gate_proj.weight", [width, d]), ($"{name}.up_proj.weight", [width, d]), ($"{name}.down_proj.weight", [d, width])];
    }

    /// <summary>Every weight under transformers' name, in the order of <see cref="TransformersShapes"/>: a call gives a view of where
    /// it is held, so that writing to it (without gradients) writes the weight.</summary>
    public IEnumerable<(string Name, Func<Tensor> View)> TransformersViews()
    {
        long r = _options.HeadDim, h = _options.Heads, g = _options.KvHeads;
        yield return ("model.embed_tokens.weight", Embedding.detach);
        for (var i = 0; i < Layers.Length; i++)
        {
            var (prefix, w) = (Prefix(i), Layers[i]);
            yield return (prefix + "input_layernorm.weight", w.InputNorm.detach);
            yield return (prefix + "self_attn.q_proj.weight", () => w.Qkv.detach().narrow(0, 0, h * r));
            yield return (prefix + "self_attn.k_proj.weight", () => w.Qkv.detach().narrow(0, h * r, g * r));
            yield return (prefix + "self_attn.v_proj.weight", () => w.Qkv.detach().narrow(0, (h + g) * r, g * r));
            yield return (prefix + "self_attn.q_norm.weight", w.QueryNorm.detach);
            yield return (prefix + "self_attn.k_norm.weight", w.KeyNorm.detach);
            yield return (prefix + "self_attn.o_proj.weight", w.Output.detach);
            yield return (prefix + "post_attention_layernorm.weight", w.PostAttentionNorm.detach);
            if (w.IsDense)
            {
                foreach (var part in Network(prefix + "mlp", w.GateUp, w.Down, 0))
                    yield return part;
                continue;
            }

            yield return (prefix + "mlp.gate.weight", w.Router.detach);
            if (w.RouterBias is { } bias)
                yield return (prefix + BiasName, bias.detach);
            foreach (var part in Enumerable.Range(0, _options.Experts).SelectMany(expert => Network($"{prefix}mlp.experts.{expert}", w.GateUp, w.Down, expert)))
                yield return part;
            if (w.SharedGateUp is { } shared)
            {
                foreach (var part in Network(prefix + "mlp.shared_experts", shared, w.SharedDown!, 0))
                    yield return part;
            }
        }

        yield return ("model.norm.weight", FinalNorm.detach);
        yield return ("lm_head.weight", Head.detach);

        static (string, Func<Tensor>)[] Network(string name, Tensor gateUp, Tensor down, int at)
        {
            var width = down.size(1);
            return
            [
                (name + ".gate_proj.weight", () => gateUp.detach().select(0, at).narrow(1, 0, width).t()),
                (name + ".up_proj.weight", () => gateUp.detach().select(0, at).narrow(1, width, width).t()),
                (name + ".down_proj.weight", () => down.detach().select(0, at).t()),
            ];
        }
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (var tensor in _parameters.Select(p => p.Value).Concat(_held))
            tensor.Dispose();
    }

    private static string Prefix(int layer) => $"model.layers.{layer}.";
}
