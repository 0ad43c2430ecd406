using System.Globalization;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary><c>config.json</c> as transformers' <c>Qwen3MoeConfig</c> or, for other routers, <c>Dots1Config</c> writes and reads it.</summary>
public static class HuggingFaceConfig
{
    /// <summary>The text of <c>config.json</c> for a model.</summary>
    public static string Write(ModelOptions options)
    {
        var o = options.Validate();
        var json = new JsonObject
        {
            ["architectures"] = null,
            ["attention_bias"] = false,
            ["attention_dropout"] = Real(0.0),
            ["bos_token_id"] = o.EndOfTextId,
            ["decoder_sparse_step"] = 1,
            ["eos_token_id"] = o.EndOfTextId,
            ["head_dim"] = o.HeadDim,
            ["hidden_act"] = "silu",
            ["hidden_size"] = o.Dim,
            ["initializer_range"] = Real(o.InitStandardDeviation),
            ["intermediate_size"] = o.ExpertWidth * o.TopK,
            ["max_position_embeddings"] = o.MaxPositions,
            ["mlp_only_layers"] = new JsonArray(),
            ["model_type"] = null,
            ["moe_intermediate_size"] = o.ExpertWidth,
            ["norm_topk_prob"] = o.NormaliseTopK,
            ["num_attention_heads"] = o.Heads,
            ["num_experts"] = o.Experts,
            ["num_experts_per_tok"] = o.TopK,
            ["num_hidden_layers"] = o.Layers,
            ["num_key_value_heads"] = o.KvHeads,
            ["output_router_logits"] = false,
            ["rms_norm_eps"] = Real(o.NormEpsilon),
            ["rope_scaling"] = null,
            ["rope_theta"] = Real(o.RopeTheta),
            ["router_aux_loss_coef"] = Real(o.LoadBalanceCoefficient),
            ["sliding_window"] = null,
            ["tie_word_embeddings"] = false,
            ["torch_dtype"] = "float32",
            ["use_cache"] = true,
            ["use_sliding_window"] = false,
            ["vocab_size"] = o.VocabSize,
        };
        HuggingFaceArchitecture.Of(o).Write(json, o);
        return json.ToJsonString(JsonFormat.Indented) + "\n";
    }

    // transformers 5 takes 1 for an integer and refuses it where it wants a float: a point has to be there.
    internal static JsonNode Real(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0")!;
    }

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <exception cref="InputException">The file is missing, is no JSON, or asks for what this model does not have.</exception>
    public static ModelOptions Read(string path)
    {
        try
        {
            return Read(HuggingFaceJson.Parse(path), path);
        }
        catch (InvalidOperationException e)
        {
            throw new InputException(path, null, "holds a text that is none: " + e.Message, HuggingFaceJson.Remedy, e);
        }
    }

    private static ModelOptions Read(HuggingFaceJson json, string path)
    {
        json.OneOf("model_type", [.. HuggingFaceArchitecture.All.Select(a => a.ModelType)]);
        var architecture = HuggingFaceArchitecture.All.Single(a => a.ModelType == json.Value("model_type", ""));
        json.Require("hidden_act", "silu");
        json.Require("tie_word_embeddings", false, whenMissing: false);
        json.Require("attention_bias", false, whenMissing: false);
        json.Require("use_sliding_window", false, whenMissing: false);
        json.Require("decoder_sparse_step", 1, whenMissing: 1);
        if (json["rope_scaling"] is not null)
            throw json.Refuse("'rope_scaling' is not supported");
        json.Inner("rope_parameters")?.Require("rope_type", "default", whenMissing: "default");
        var heads = json.Integer("num_attention_heads");

        // transformers 5 calls the experts local.
        var experts = architecture == HuggingFaceArchitecture.Dots ? "n_routed_experts" : "num_experts";
        var options = new ModelOptions
        {
            VocabSize = json.Integer("vocab_size"),
            Layers = json.Integer("num_hidden_layers"),
            Dim = json.Integer("hidden_size"),
            Heads = heads,
            KvHeads = json.Integer("num_key_value_heads", heads),
            HeadDim = json.Integer("head_dim", 0),
            ExpertWidth = json.Integer("moe_intermediate_size"),
            Experts = json.Integer(json[experts] is null && json["num_local_experts"] is not null ? "num_local_experts" : experts),
            TopK = json.Integer("num_experts_per_tok"),
            NormaliseTopK = json.Value("norm_topk_prob", false),
            MaxPositions = json.Integer("max_position_embeddings"),
            RopeTheta = RopeTheta(json),
            NormEpsilon = json.Value("rms_norm_eps", 1e-6),
            InitStandardDeviation = json.Value("initializer_range", 0.02),
            LoadBalanceCoefficient = json.Value("router_aux_loss_coef", 1e-3),
            EndOfTextId = json["eos_token_id"] is null ? null : json.Integer("eos_token_id"),
        };
        try
        {
            return architecture.Read(json, options).Validate();
        }
        catch (OptionException e)
        {
            throw new InputException(path, null, e.Message, HuggingFaceJson.Remedy, e);
        }
    }

    // transformers 5 moved the base of the rotary frequencies into 'rope_parameters'.
    private static double RopeTheta(HuggingFaceJson json) =>
        (json["rope_theta"] is null ? json.Inner("rope_parameters") ?? json : json).Value("rope_theta", 10000.0);
}
