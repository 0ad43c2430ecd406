using System.ComponentModel;
using System.Text.Json.Nodes;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>eng/check-transformers.py where transformers is not installed, and the scores that it compares with.</summary>
public sealed class TransformersCheckTests : IDisposable
{
    private static readonly ModelOptions s_options = new() { VocabSize = 20, Layers = 2, Dim = 16, Heads = 4, KvHeads = 2, ExpertWidth = 6, Experts = 4, TopK = 2, MaxPositions = 8 };
    private readonly string _folder = Edl.NewFolder();

    public TransformersCheckTests()
    {
        using var model = MoeTransformer.Create(s_options, seed: 3);
        Checkpoint.Save(_folder, model);
    }

    [Fact]
    public void Without_transformers_the_names_are_checked_and_what_is_missing_is_said()
    {
        var outcome = Check();
        outcome.Output.ShouldContain("names, shapes, types: OK (45 tensors)");
        outcome.Output.ShouldContain("pip install");
        outcome.ExitCode.ShouldBe(3, outcome.Errors);
    }

    [Theory]
    [InlineData("num_hidden_layers", 1, "unexpected: model.layers.1.mlp.gate.weight")]
    [InlineData("num_experts", 5, "missing: model.layers.0.mlp.experts.4.gate_proj.weight")]
    [InlineData("vocab_size", 21, "lm_head.weight has the shape [20, 16], transformers expects [21, 16]")]
    public void Another_shape_is_named(string key, int value, string message)
    {
        var config = Path.Combine(_folder, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        json[key] = value;
        File.WriteAllText(config, json.ToJsonString());
        var outcome = Check();
        outcome.ExitCode.ShouldBe(1, outcome.Errors);
        outcome.Output.ShouldContain(message);
    }

    [Fact]
    public void Shards_are_read_where_there_is_no_single_file()
    {
        File.Move(Path.Combine(_folder, "model.safetensors"), Path.Combine(_folder, "model-00001-of-00001.safetensors"));
        File.WriteAllText(Path.Combine(_folder, Checkpoint.IndexFile), """{"weight_map": {"lm_head.weight": "model-00001-of-00001.safetensors"}}""");
        var outcome = Check();
        outcome.Output.ShouldContain("names, shapes, types: OK (45 tensors)");
        outcome.ExitCode.ShouldBe(3, outcome.Errors);
    }

    [Fact]
    public void A_folder_that_is_none_is_refused()
    {
        File.WriteAllBytes(Path.Combine(_folder, "model.safetensors"), [1, 2, 3]);
        var outcome = Check();
        outcome.ExitCode.ShouldBe(2);
        outcome.Errors.ShouldNotContain("Traceback");
    }

    [Fact]
    public void Logits_are_those_of_the_model()
    {
        var file = Path.Combine(_folder, "logits.safetensors");
        var outcome = Edl.Run("logits", "--model", _folder, "--ids", "1, 2,19", "--out", file);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        using var thread = new TorchThread();
        thread.Run(() =>
        {
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            using var model = Checkpoint.Load(_folder);
            using var reader = SafetensorsReader.Open(file);
            reader.Tensor("ids").ToArray<long>().ShouldBe([1, 2, 19]);
            (reader.Tensor("logits") - model.Forward(torch.tensor([1L, 2, 19], [1, 3])).Logits).abs().max().item<double>().ShouldBeInRange(0, 1e-6);
        });
    }

    [Theory]
    [InlineData("1,20", "no token 20")]
    [InlineData("1,x", "'x' is no token id")]
    [InlineData("", "'' is no token id")]
    [InlineData("1,2,3,4,5,6,7,8,9", "more than the model's 8 positions")]
    public void Ids_that_cannot_be_are_refused(string ids, string message)
    {
        var outcome = Edl.Run("logits", "--model", _folder, "--ids", ids, "--out", Path.Combine(_folder, "logits.safetensors"));
        outcome.ExitCode.ShouldBe(2);
        outcome.Errors.ShouldContain(message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // -I keeps packages of the user's own out, so that transformers is absent wherever the test runs.
    private Edl.Outcome Check()
    {
        try
        {
            using var process = Edl.Start("python3", ["-I", "-S", Path.Combine(Edl.Root, "eng", "check-transformers.py"), _folder], null);
            return Edl.End(process);
        }
        catch (Win32Exception)
        {
            Assert.Skip("there is no python3");
            throw;
        }
    }
}
