using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Modeling;

public sealed class HuggingFaceConfigTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    private static readonly ModelOptions s_options = new ModelOptions
    {
        VocabSize = 1000, Layers = 3, Dim = 64, Heads = 4, KvHeads = 2, HeadDim = 32, ExpertWidth = 24, Experts = 8, TopK = 3,
        MaxPositions = 512, RopeTheta = 1e6, NormEpsilon = 1e-5, InitStandardDeviation = 0.01, LoadBalanceCoefficient = 0.01, EndOfTextId = 7,
    };

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_is_written_is_read_back()
    {
        File.WriteAllText(_path, HuggingFaceConfig.Write(s_options));
        HuggingFaceConfig.Read(_path).ShouldBe(s_options);
    }

    [Fact]
    public void Names_are_those_of_transformers()
    {
        var json = JsonNode.Parse(HuggingFaceConfig.Write(s_options))!;
        json["architectures"]![0]!.GetValue<string>().ShouldBe("Qwen3MoeForCausalLM");
        json["model_type"]!.GetValue<string>().ShouldBe("qwen3_moe");
        json["num_experts_per_tok"]!.GetValue<int>().ShouldBe(3);
        json["moe_intermediate_size"]!.GetValue<int>().ShouldBe(24);
        json["norm_topk_prob"]!.GetValue<bool>().ShouldBeTrue();
        json["tie_word_embeddings"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Theory]
    [InlineData("rope_theta", "10000.0")]
    [InlineData("rms_norm_eps", "1E-06")]
    [InlineData("router_aux_loss_coef", "0.0")]
    [InlineData("initializer_range", "1.0")]
    [InlineData("routed_scaling_factor", "1.0")]
    public void What_transformers_holds_as_float_is_written_as_one(string key, string text)
    {
        var dots = s_options with
        {
            RopeTheta = 1e4, NormEpsilon = 1e-6, LoadBalanceCoefficient = 0, InitStandardDeviation = 1,
            RouterScore = RouterScore.Sigmoid, RouterBias = true, SharedExperts = 1,
        };
        HuggingFaceConfig.Write(dots).ShouldContain($"\"{key}\": {text}");
    }

    [Fact]
    public void What_transformers_5_calls_otherwise_is_read()
    {
        var json = JsonNode.Parse(HuggingFaceConfig.Write(s_options))!.AsObject();
        foreach (var key in (string[])["num_experts", "rope_theta", "rope_scaling", "torch_dtype"])
            json.Remove(key);
        json["num_local_experts"] = s_options.Experts;
        json["rope_parameters"] = new JsonObject { ["rope_theta"] = s_options.RopeTheta, ["rope_type"] = "default" };
        json["dtype"] = "float32";
        File.WriteAllText(_path, json.ToJsonString());
        HuggingFaceConfig.Read(_path).ShouldBe(s_options);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
    {
        File.WriteAllText(_path, HuggingFaceConfig.Write(s_options).Replace("qwen3_moe", "\\ud800", StringComparison.Ordinal));
        Should.Throw<InputException>(() => HuggingFaceConfig.Read(_path));
    }

    [Theory]
    [InlineData("rope_theta", "1e999")]
    [InlineData("rope_parameters", "{\"rope_theta\":10000.0,\"rope_type\":\"yarn\"}")]
    [InlineData("model_type", "\"llama\"")]
    [InlineData("tie_word_embeddings", "true")]
    [InlineData("mlp_only_layers", "[1]")]
    [InlineData("decoder_sparse_step", "2")]
    [InlineData("num_experts", "\"many\"")]
    [InlineData("num_experts", "null")]
    [InlineData("num_experts_per_tok", "9")]
    [InlineData("rope_scaling", "{\"type\":\"yarn\"}")]
    [InlineData("hidden_size", "64.5")]
    [InlineData("vocab_size", "99999999999")]
    public void What_the_model_cannot_be_is_refused(string key, string value)
    {
        var json = JsonNode.Parse(HuggingFaceConfig.Write(s_options))!.AsObject();
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(_path, json.ToJsonString());
        Should.Throw<InputException>(() => HuggingFaceConfig.Read(_path)).File.ShouldBe(_path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"vocab_size\":1,\"vocab_size\":1}")]
    public void A_damaged_file_is_refused(string text)
    {
        File.WriteAllText(_path, text);
        Should.Throw<InputException>(() => HuggingFaceConfig.Read(_path));
    }

    [Fact]
    public void The_newer_place_of_the_rotary_base_is_read()
    {
        var json = JsonNode.Parse(HuggingFaceConfig.Write(s_options))!.AsObject();
        json.Remove("rope_theta");
        json["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = 5000.0 };
        File.WriteAllText(_path, json.ToJsonString());
        HuggingFaceConfig.Read(_path).RopeTheta.ShouldBe(5000.0);
    }
}
