// D model, E experts, F expert width, H query heads, G key/value heads, R head width, V vocabulary.
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
    private readonly ModelOptions _options;
    private readonly List<Parameter> _parameters = [];

    /// <summary>Allocates the weights of a validated shape: norms 1, matrices 0.</summary>
    internal ParameterLayout(ModelOptions options, Device device)
    {
        _options = options;
        long d = options.Dim, f = options.ExpertWidth, e = options.Experts, r = options.HeadDim, h = options.Heads, g = options.KvHeads;
        Embedding = Matrix("model.embed_tokens.weight", options.VocabSize, d);
        Layers = new LayerWeights[options.Layers];
        for (var i = 0; i < options.Layers; i++)
        {
            var prefix = Prefix(i);
            Layers[i] = new LayerWeights
            {
                InputNorm = Norm(prefix + "input_layernorm.weight", d),
                Qkv = Matrix(prefix + "self_attn.qkv_proj.weight", (h + 2 * g) * r, d),
                QueryNorm = Norm(prefix + "self_attn.q_norm.weight", r),
                KeyNorm = Norm(prefix + "self_attn.k_norm.weight", r),
                Output = Matrix(prefix + "self_attn.o_proj.weight", d, h * r),
                PostAttentionNorm = Norm(prefix + "post_attention_layernorm.weight", d),
                Router = Matrix(prefix + "mlp.gate.weight", e, d),
                GateUp = Matrix(prefix + "mlp.experts.gate_up_proj", e, d, 2 * f),
                Down = Matrix(prefix + "mlp.experts.down_proj", e, f, d),
            };
        }

        FinalNorm = Norm("model.norm.weight", d);
        Head = Matrix("lm_head.weight", options.VocabSize, d);

        Tensor Matrix(string name, params long[] shape) => Add(name, torch.zeros(shape, device: device), decays: true);
        Tensor Norm(string name, long width) => Add(name, torch.ones([width], device: device), decays: false);
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
    public IReadOnlyList<Tensor> Routers => [.. Layers.Select(w => w.Router)];

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
            yield return (prefix + "mlp.gate.weight", [options.Experts, d]);
            for (var expert = 0; expert < options.Experts; expert++)
            {
                yield return ($"{prefix}mlp.experts.{expert}.gate_proj.weight", [f, d]);
                yield return ($"{prefix}mlp.experts.{expert}.up_proj.weight", [f, d]);
                yield return ($"{prefix}mlp.experts.{expert}.down_proj.weight", [d, f]);
            }
        }

        yield return ("model.norm.weight", [d]);
        yield return ("lm_head.weight", [options.VocabSize, d]);
    }

    /// <summary>Every weight under transformers' name, in the order of <see cref="TransformersShapes"/>: a call gives a view of where
    /// it is held, so that writing to it (without gradients) writes the weight.</summary>
    public IEnumerable<(string Name, Func<Tensor> View)> TransformersViews()
    {
        long f = _options.ExpertWidth, r = _options.HeadDim, h = _options.Heads, g = _options.KvHeads;
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
            yield return (prefix + "mlp.gate.weight", w.Router.detach);
            for (var expert = 0; expert < _options.Experts; expert++)
            {
                var at = expert;
                yield return ($"{prefix}mlp.experts.{at}.gate_proj.weight", () => w.GateUp.detach().select(0, at).narrow(1, 0, f).t());
                yield return ($"{prefix}mlp.experts.{at}.up_proj.weight", () => w.GateUp.detach().select(0, at).narrow(1, f, f).t());
                yield return ($"{prefix}mlp.experts.{at}.down_proj.weight", () => w.Down.detach().select(0, at).t());
            }
        }

        yield return ("model.norm.weight", FinalNorm.detach);
        yield return ("lm_head.weight", Head.detach);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        foreach (var parameter in _parameters)
            parameter.Value.Dispose();
    }

    private static string Prefix(int layer) => $"model.layers.{layer}.";
}
