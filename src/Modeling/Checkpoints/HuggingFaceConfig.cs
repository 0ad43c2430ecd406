using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary><c>config.json</c> as transformers' <c>Qwen3MoeConfig</c> writes and reads it.</summary>
public static class HuggingFaceConfig
{
    private const string Architecture = "Qwen3MoeForCausalLM";
    private const string ModelType = "qwen3_moe";
    private const string Remedy = "Give a folder that this program or transformers saved as " + Architecture + ".";

    /// <summary>The text of <c>config.json</c> for a model.</summary>
    public static string Write(ModelOptions options)
    {
        var o = options.Validate();
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(Architecture),
            ["attention_bias"] = false,
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = o.EndOfTextId,
            ["decoder_sparse_step"] = 1,
            ["eos_token_id"] = o.EndOfTextId,
            ["head_dim"] = o.HeadDim,
            ["hidden_act"] = "silu",
            ["hidden_size"] = o.Dim,
            ["initializer_range"] = o.InitStandardDeviation,
            ["intermediate_size"] = o.ExpertWidth * o.TopK,
            ["max_position_embeddings"] = o.MaxPositions,
            ["mlp_only_layers"] = new JsonArray(),
            ["model_type"] = ModelType,
            ["moe_intermediate_size"] = o.ExpertWidth,
            ["norm_topk_prob"] = o.NormaliseTopK,
            ["num_attention_heads"] = o.Heads,
            ["num_experts"] = o.Experts,
            ["num_experts_per_tok"] = o.TopK,
            ["num_hidden_layers"] = o.Layers,
            ["num_key_value_heads"] = o.KvHeads,
            ["output_router_logits"] = false,
            ["rms_norm_eps"] = o.NormEpsilon,
            ["rope_scaling"] = null,
            ["rope_theta"] = o.RopeTheta,
            ["router_aux_loss_coef"] = o.LoadBalanceCoefficient,
            ["sliding_window"] = null,
            ["tie_word_embeddings"] = false,
            ["torch_dtype"] = "float32",
            ["use_cache"] = true,
            ["use_sliding_window"] = false,
            ["vocab_size"] = o.VocabSize,
        };
        return json.ToJsonString(JsonFormat.Indented) + "\n";
    }

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="InputException">The file is missing, is no JSON, or asks for what this model does not have.</exception>
    public static ModelOptions Read(string path)
    {
        try
        {
            return Read(Parse(path), path);
        }
        catch (InvalidOperationException e)
        {
            throw new InputException(path, null, "holds a text that is none: " + e.Message, Remedy, e);
        }
    }

    private static ModelOptions Read(JsonObject json, string path)
    {
        Require(json, path, "model_type", ModelType);
        Require(json, path, "hidden_act", "silu");
        Require(json, path, "tie_word_embeddings", false, whenMissing: false);
        Require(json, path, "attention_bias", false, whenMissing: false);
        Require(json, path, "use_sliding_window", false, whenMissing: false);
        Require(json, path, "decoder_sparse_step", 1, whenMissing: 1);
        if (json["mlp_only_layers"] is JsonArray { Count: > 0 })
            throw Refuse(path, "'mlp_only_layers' asks for layers without experts");
        if (json["rope_scaling"] is not null)
            throw Refuse(path, "'rope_scaling' is not supported");
        if (json["rope_parameters"] is JsonObject rope)
            Require(rope, path, "rope_type", "default", whenMissing: "default");
        var heads = Integer(json, path, "num_attention_heads");
        var options = new ModelOptions
        {
            VocabSize = Integer(json, path, "vocab_size"),
            Layers = Integer(json, path, "num_hidden_layers"),
            Dim = Integer(json, path, "hidden_size"),
            Heads = heads,
            KvHeads = Integer(json, path, "num_key_value_heads", heads),
            HeadDim = Integer(json, path, "head_dim", 0),
            ExpertWidth = Integer(json, path, "moe_intermediate_size"),
            Experts = Integer(json, path, json["num_experts"] is null && json["num_local_experts"] is not null ? "num_local_experts" : "num_experts"), // transformers 5
            TopK = Integer(json, path, "num_experts_per_tok"),
            NormaliseTopK = Value(json, path, "norm_topk_prob", false),
            MaxPositions = Integer(json, path, "max_position_embeddings"),
            RopeTheta = RopeTheta(json, path),
            NormEpsilon = Value(json, path, "rms_norm_eps", 1e-6),
            InitStandardDeviation = Value(json, path, "initializer_range", 0.02),
            LoadBalanceCoefficient = Value(json, path, "router_aux_loss_coef", 1e-3),
            EndOfTextId = json["eos_token_id"] is null ? null : Integer(json, path, "eos_token_id"),
        };
        try
        {
            return options.Validate();
        }
        catch (OptionException e)
        {
            throw new InputException(path, null, e.Message, Remedy, e);
        }
    }

    private static JsonObject Parse(string path)
    {
        try
        {
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(File.ReadAllText(path), documentOptions: strict) as JsonObject ?? throw Refuse(path, "not a JSON object");
        }
        catch (JsonException e)
        {
            throw new InputException(path, e.LineNumber + 1, "not JSON: " + e.Message, Remedy, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, null, "cannot be read: " + e.Message, Remedy, e);
        }
    }

    // transformers 5 moved the base of the rotary frequencies into 'rope_parameters'.
    private static double RopeTheta(JsonObject json, string path) =>
        json["rope_theta"] is null && json["rope_parameters"] is JsonObject nested
            ? Value(nested, path, "rope_theta", 10000.0)
            : Value(json, path, "rope_theta", 10000.0);

    private static void Require<T>(JsonObject json, string path, string name, T wanted, T? whenMissing = default)
    {
        var found = json[name] is null && whenMissing is not null ? whenMissing : Value(json, path, name, default(T)!);
        if (!EqualityComparer<T>.Default.Equals(found, wanted))
            throw Refuse(path, $"'{name}' is {json[name]?.ToJsonString() ?? "missing"}, this model needs {JsonSerializer.Serialize(wanted)}");
    }

    private static int Integer(JsonObject json, string path, string name, int? whenMissing = null) =>
        json[name] is null && whenMissing is null ? throw Refuse(path, $"'{name}' is missing") : Value(json, path, name, whenMissing ?? 0);

    private static T Value<T>(JsonObject json, string path, string name, T whenMissing) => json[name] switch
    {
        null => whenMissing,
        JsonValue v when v.TryGetValue<T>(out var value) => value,
        var other => throw Refuse(path, $"'{name}' is {other.ToJsonString()}, which is no {typeof(T).Name}"),
    };

    private static InputException Refuse(string path, string message) => new(path, null, message, Remedy);
}
