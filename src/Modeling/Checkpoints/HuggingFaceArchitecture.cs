using System.Text.Json.Nodes;

namespace ExpertDivergence.Modeling;

/// <summary>Which of transformers' architectures a model is, if any, and what of <c>config.json</c> differs between them.</summary>
/// <remarks>Softmax routing without bias and shared experts is Qwen3-MoE; Qwen3-MoE's attention with sigmoid routing, bias and shared experts
/// of the routed ones' width is dots.llm1. Anything else has a name of its own, which transformers does not load; its keys and weights are
/// called what they are called in those two.</remarks>
internal sealed record HuggingFaceArchitecture(string Name, string ModelType)
{
    private const string RateKey = "router_bias_update_rate";

    public static readonly HuggingFaceArchitecture Qwen3 = new("Qwen3MoeForCausalLM", "qwen3_moe");

    public static readonly HuggingFaceArchitecture Dots = new("Dots1ForCausalLM", "dots1");

    public static readonly HuggingFaceArchitecture Own = new("ExpertDivergenceMoeForCausalLM", "expert_divergence_moe");

    public static readonly IReadOnlyList<HuggingFaceArchitecture> All = [Qwen3, Dots, Own];

    /// <summary>What a valid shape is.</summary>
    public static HuggingFaceArchitecture Of(ModelOptions o)
    {
        if (o is { RouterScore: RouterScore.Softmax, RouterBias: false, SharedExperts: 0 })
            return Qwen3;
        return o is { RouterScore: RouterScore.Sigmoid, RouterBias: true, SharedExperts: > 0 } && o.SharedExpertWidth == o.ExpertWidth ? Dots : Own;
    }

    /// <summary>Puts a valid shape's routing into a configuration that is Qwen3-MoE's so far.</summary>
    public void Write(JsonObject json, ModelOptions o)
    {
        json["architectures"] = new JsonArray(Name);
        json["model_type"] = ModelType;
        if (o.FirstDenseLayers > 0)
            json["intermediate_size"] = o.DenseWidth;
        if (this != Dots)
            json["mlp_only_layers"] = new JsonArray([.. Enumerable.Range(0, o.FirstDenseLayers).Select(layer => (JsonNode)layer)]);
        if (this == Qwen3)
            return;
        json["n_shared_experts"] = o.SharedExperts;
        if (o.RouterBias)
            json[RateKey] = HuggingFaceConfig.Real(o.RouterBiasRate);
        if (this == Own)
        {
            json["scoring_func"] = o.RouterScore == RouterScore.Sigmoid ? "sigmoid" : "softmax";
            json["topk_method"] = o.RouterBias ? "noaux_tc" : "greedy";
            json["shared_expert_intermediate_size"] = o.SharedExpertWidth;
            return;
        }

        foreach (var key in (string[])["num_experts", "decoder_sparse_step", "mlp_only_layers", "output_router_logits", "use_sliding_window"])
            json.Remove(key);
        json["first_k_dense_replace"] = o.FirstDenseLayers;
        json["max_window_layers"] = o.Layers;
        json["n_group"] = 1;
        json["n_routed_experts"] = o.Experts;
        json["routed_scaling_factor"] = HuggingFaceConfig.Real(1.0);
        json["topk_group"] = 1;
    }

    /// <summary>The shape of a configuration, whose other keys have been read.</summary>
    public ModelOptions Read(HuggingFaceJson json, ModelOptions o)
    {
        var dense = this == Dots ? json.Integer("first_k_dense_replace", 0) : json.FirstLayers("mlp_only_layers");
        o = o with { FirstDenseLayers = dense, DenseWidth = dense > 0 ? json.Integer("intermediate_size") : 0 };
        if (this == Qwen3)
            return o;
        o = o with { SharedExperts = json.Integer("n_shared_experts", 0), RouterBiasRate = json.Value(RateKey, o.RouterBiasRate) };
        if (this == Own)
        {
            json.OneOf("scoring_func", "softmax", "sigmoid");
            json.OneOf("topk_method", "greedy", "noaux_tc");
            return o with
            {
                RouterScore = json.Value("scoring_func", "") == "sigmoid" ? RouterScore.Sigmoid : RouterScore.Softmax,
                RouterBias = json.Value("topk_method", "") == "noaux_tc",
                SharedExpertWidth = json.Integer("shared_expert_intermediate_size", 0),
            };
        }

        json.Require("n_group", 1, whenMissing: 1);
        json.Require("routed_scaling_factor", 1.0, whenMissing: 1.0);
        return o with { RouterScore = RouterScore.Sigmoid, RouterBias = true, SharedExpertWidth = o.ExpertWidth };
    }
}
