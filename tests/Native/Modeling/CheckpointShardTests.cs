using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>Folders of several weight files with an index, as transformers writes them from a size on.</summary>
public sealed class CheckpointShardTests : IDisposable
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;
    private readonly MoeTransformer _model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 3);

    public CheckpointShardTests()
    {
        Checkpoint.Save(_folder, _model);
        Split();
    }

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Shards_load_with_the_bits_of_the_single_file()
    {
        using var scope = torch.NewDisposeScope();
        using var loaded = Checkpoint.Load(_folder);
        for (var i = 0; i < _model.Parameters.Count; i++)
            loaded.Parameters[i].Value.equal(_model.Parameters[i].Value).ShouldBeTrue(_model.Parameters[i].Name);
    }

    [Fact]
    public void A_single_file_goes_before_an_index()
    {
        using var other = MoeTransformer.Create(MoeTransformerTests.Options, seed: 4);
        Checkpoint.Save(_folder, other);
        using var loaded = Checkpoint.Load(_folder);
        loaded.Parameters[0].Value.equal(other.Parameters[0].Value).ShouldBeTrue();
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        File.Delete(PathOf(Second));
        Refused().File.ShouldBe(PathOf(Second));
    }

    [Fact]
    public void A_shard_that_was_cut_is_named()
    {
        using (var stream = new FileStream(PathOf(First), FileMode.Open))
            stream.SetLength(stream.Length - 1);
        Refused().File.ShouldBe(PathOf(First));
    }

    [Fact]
    public void Shards_that_changed_places_are_noticed()
    {
        File.Move(PathOf(First), PathOf("spare"));
        File.Move(PathOf(Second), PathOf(First));
        File.Move(PathOf("spare"), PathOf(Second));
        Refused().Message.ShouldContain(Checkpoint.IndexFile);
    }

    [Fact]
    public void A_tensor_that_the_index_forgot_is_named()
    {
        Change(map => map.Remove("lm_head.weight"));
        Refused().Message.ShouldContain("'lm_head.weight'");
    }

    [Fact]
    public void A_tensor_that_stands_in_no_shard_is_named()
    {
        Change(map => map["model.layers.9.mlp.gate.weight"] = First);
        var error = Refused();
        error.File.ShouldBe(PathOf(First));
        error.Message.ShouldContain("'model.layers.9.mlp.gate.weight'");
    }

    [Theory]
    [InlineData("\"../model.safetensors\"")]
    [InlineData("\"/etc/passwd\"")]
    [InlineData("\"config.json\"")]
    [InlineData("\"a\\u0000.safetensors\"")]
    [InlineData("\"\\ud800.safetensors\"")]
    [InlineData("7")]
    [InlineData("null")]
    public void A_place_that_is_no_file_of_the_folder_is_refused(string place)
    {
        Change(map => map["lm_head.weight"] = "HERE");
        File.WriteAllText(PathOf(Checkpoint.IndexFile), File.ReadAllText(PathOf(Checkpoint.IndexFile)).Replace("\"HERE\"", place));
        Refused().File.ShouldBe(PathOf(Checkpoint.IndexFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map": {}}""")]
    [InlineData("""{"weight_map": {"a": "x.safetensors", "a": "y.safetensors"}}""")]
    [InlineData("""{"weight_map": ["a"]}""")]
    public void A_damaged_index_is_refused(string text)
    {
        File.WriteAllText(PathOf(Checkpoint.IndexFile), text);
        Refused().File.ShouldBe(PathOf(Checkpoint.IndexFile));
    }

    [Fact]
    public void Another_shape_is_refused_before_anything_is_allocated()
    {
        File.WriteAllText(PathOf(Checkpoint.ConfigFile), HuggingFaceConfig.Write(MoeTransformerTests.Options with { Dim = 2_000_000_000 }));
        Refused().File.ShouldBe(PathOf(Checkpoint.IndexFile));
    }

    private InputException Refused() => Should.Throw<InputException>(() => Checkpoint.Load(_folder));

    private string PathOf(string file) => Path.Combine(_folder, file);

    private void Change(Action<JsonObject> change)
    {
        var index = JsonNode.Parse(File.ReadAllText(PathOf(Checkpoint.IndexFile)))!.AsObject();
        change(index["weight_map"]!.AsObject());
        File.WriteAllText(PathOf(Checkpoint.IndexFile), index.ToJsonString());
    }

    // Every other tensor to the second file, so that layers and experts are torn apart.
    private void Split()
    {
        var (map, bytes) = (new JsonObject(), 0L);
        using (var whole = SafetensorsReader.Open(PathOf(Checkpoint.WeightsFile)))
        {
            var names = whole.Header.Entries.Keys.Order(StringComparer.Ordinal).ToArray();
            foreach (var (shard, at) in ((string, int)[])[(First, 0), (Second, 1)])
            {
                using var scope = torch.NewDisposeScope();
                var part = names.Where((_, i) => i % 2 == at).ToArray();
                SafetensorsWriter.Write(PathOf(shard), [.. part.Select(name => SafetensorsTensors.Item(name, whole.Tensor(name)))]);
                foreach (var name in part)
                    (map[name], bytes) = (shard, bytes + whole.Entry(name).ByteCount);
            }
        }

        File.Delete(PathOf(Checkpoint.WeightsFile));
        File.WriteAllText(PathOf(Checkpoint.IndexFile), new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = bytes }, ["weight_map"] = map }.ToJsonString());
    }
}
