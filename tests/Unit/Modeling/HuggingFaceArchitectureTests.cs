using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Modeling;

/// <summary>What a model calls itself in config.json.</summary>
public sealed class HuggingFaceArchitectureTests : IDisposable
{
    private static readonly ModelOptions s_plain = new() { VocabSize = 20, Layers = 3, Dim = 16, Heads = 4, KvHeads = 2, ExpertWidth = 6, Experts = 4, TopK = 2 };
    private readonly string _path = Path.GetTempFileName();

    public static IEnumerable<TheoryDataRow<string, string>> Shapes() =>
    [
        new("plain", "qwen3_moe"), new("dense", "qwen3_moe"), new("unnormalised", "qwen3_moe"), new("dots", "dots1"), new("dots-dense", "dots1"),
        new("bias", "expert_divergence_moe"), new("sigmoid-bias", "expert_divergence_moe"), new("shared", "expert_divergence_moe"), new("wide-shared", "expert_divergence_moe"),
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_shape_is_called_what_it_is_and_read_back(string name, string modelType)
    {
        var shape = Shape(name).Validate();
        var text = HuggingFaceConfig.Write(shape);
        JsonNode.Parse(text)!["model_type"]!.GetValue<string>().ShouldBe(modelType);
        File.WriteAllText(_path, text);
        HuggingFaceConfig.Read(_path).ShouldBe(shape);
    }

    [Fact]
    public void A_plain_shape_says_nothing_of_routers() =>
        JsonNode.Parse(HuggingFaceConfig.Write(s_plain))!.AsObject().Select(p => p.Key).ShouldBe(
        [
            "architectures", "attention_bias", "attention_dropout", "bos_token_id", "decoder_sparse_step", "eos_token_id", "head_dim", "hidden_act", "hidden_size",
            "initializer_range", "intermediate_size", "max_position_embeddings", "mlp_only_layers", "model_type", "moe_intermediate_size", "norm_topk_prob",
            "num_attention_heads", "num_experts", "num_experts_per_tok", "num_hidden_layers", "num_key_value_heads", "output_router_logits", "rms_norm_eps",
            "rope_scaling", "rope_theta", "router_aux_loss_coef", "sliding_window", "tie_word_embeddings", "torch_dtype", "use_cache", "use_sliding_window", "vocab_size",
        ]);

    [Theory]
    [InlineData("dots", "n_group", "2")]
    [InlineData("dots", "routed_scaling_factor", "2.5")]
    [InlineData("dots", "first_k_dense_replace", "3")]
    [InlineData("dense", "mlp_only_layers", "[1]")]
    [InlineData("dense", "mlp_only_layers", "[0, 1, 2]")]
    [InlineData("shared", "scoring_func", "\"tanh\"")]
    [InlineData("shared", "topk_method", "\"group_limited_greedy\"")]
    [InlineData("bias", "router_bias_update_rate", "-1.0")]
    public void What_the_model_cannot_be_is_refused(string name, string key, string value)
    {
        var json = JsonNode.Parse(HuggingFaceConfig.Write(Shape(name)))!.AsObject();
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(_path, json.ToJsonString());
        Should.Throw<InputException>(() => HuggingFaceConfig.Read(_path)).File.ShouldBe(_path);
    }

    [Fact]
    public void Weights_are_called_what_dots_calls_them()
    {
        var names = ParameterLayout.TransformersShapes(Shape("dots-dense")).ToDictionary(w => w.Name, w => w.Shape);
        names["model.layers.0.mlp.gate_proj.weight"].ShouldBe([12L, 16]);
        names["model.layers.0.mlp.down_proj.weight"].ShouldBe([16L, 12]);
        names.ShouldNotContainKey("model.layers.0.mlp.gate.weight");
        names["model.layers.1.mlp.gate.e_score_correction_bias"].ShouldBe([4L]);
        names["model.layers.1.mlp.shared_experts.up_proj.weight"].ShouldBe([12L, 16]);
        names["model.layers.2.mlp.experts.3.up_proj.weight"].ShouldBe([6L, 16]);
    }

    public void Dispose() => File.Delete(_path);

    private static ModelOptions Shape(string name) => name switch
    {
        "dense" => s_plain with { FirstDenseLayers = 1, DenseWidth = 9 },
        "unnormalised" => s_plain with { NormaliseTopK = false },
        "dots" => s_plain with { RouterScore = RouterScore.Sigmoid, RouterBias = true, SharedExperts = 1 },
        "dots-dense" => s_plain with { RouterScore = RouterScore.Sigmoid, RouterBias = true, SharedExperts = 2, FirstDenseLayers = 1 },
        "bias" => s_plain with { RouterBias = true, RouterBiasRate = 0.01 },
        "sigmoid-bias" => s_plain with { RouterScore = RouterScore.Sigmoid, RouterBias = true, FirstDenseLayers = 2 },
        "shared" => s_plain with { SharedExperts = 1 },
        "wide-shared" => s_plain with { RouterScore = RouterScore.Sigmoid, RouterBias = true, SharedExperts = 1, SharedExpertWidth = 7 },
        _ => s_plain,
    };
}
