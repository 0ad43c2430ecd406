using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_saved_model_loads_with_the_same_bits()
    {
        using var scope = torch.NewDisposeScope();
        using var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 3);
        Checkpoint.Save(_folder, model);
        using var loaded = Checkpoint.Load(_folder);
        loaded.Options.ShouldBe(model.Options);
        for (var i = 0; i < model.Parameters.Count; i++)
            loaded.Parameters[i].Value.equal(model.Parameters[i].Value).ShouldBeTrue(model.Parameters[i].Name);
        var ids = MoeTransformerTests.Ids(1, 2, 3);
        loaded.Forward(ids).Logits.equal(model.Forward(ids).Logits).ShouldBeTrue();
    }

    [Fact]
    public void Saving_twice_gives_the_same_bytes()
    {
        using var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 3);
        Checkpoint.Save(_folder, model);
        var first = Hashing.OfFile(Path.Combine(_folder, Checkpoint.WeightsFile));
        Checkpoint.Save(_folder, model);
        Hashing.OfFile(Path.Combine(_folder, Checkpoint.WeightsFile)).ShouldBe(first);
    }

    [Fact]
    public void Names_shapes_and_layout_are_those_of_transformers()
    {
        using var scope = torch.NewDisposeScope();
        using var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 3);
        Checkpoint.Save(_folder, model);
        using var reader = SafetensorsReader.Open(Path.Combine(_folder, Checkpoint.WeightsFile));
        reader.Header.Entries.Count.ShouldBe(2 * (9 + 4 * 3) + 3);
        reader.Entry("model.layers.1.mlp.experts.3.gate_proj.weight").Shape.ShouldBe([6L, 16]);
        reader.Entry("model.layers.1.mlp.experts.3.down_proj.weight").Shape.ShouldBe([16L, 6]);
        reader.Entry("model.layers.0.self_attn.k_proj.weight").Shape.ShouldBe([8L, 16]);
        var stacked = model.Layout.Layers[1].GateUp[3];
        reader.Tensor("model.layers.1.mlp.experts.3.gate_proj.weight").equal(stacked.narrow(1, 0, 6).t()).ShouldBeTrue();
        reader.Tensor("model.layers.1.mlp.experts.3.up_proj.weight").equal(stacked.narrow(1, 6, 6).t()).ShouldBeTrue();
    }

    [Fact]
    public void A_model_of_another_shape_is_refused_before_anything_is_allocated()
    {
        using var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 3);
        Checkpoint.Save(_folder, model);
        foreach (var wrong in new[] { MoeTransformerTests.Options with { Dim = 2_000_000_000 }, MoeTransformerTests.Options with { Layers = 1 }, MoeTransformerTests.Options with { Layers = 3 } })
        {
            File.WriteAllText(Path.Combine(_folder, Checkpoint.ConfigFile), HuggingFaceConfig.Write(wrong));
            Should.Throw<InputException>(() => Checkpoint.Load(_folder)).File.ShouldEndWith(Checkpoint.WeightsFile);
        }
    }

    [Fact]
    public void A_claim_of_many_positions_costs_nothing()
    {
        using var scope = torch.NewDisposeScope();
        using var model = MoeTransformer.Create(MoeTransformerTests.Options with { MaxPositions = int.MaxValue }, seed: 3);
        Checkpoint.Save(_folder, model);
        using var loaded = Checkpoint.Load(_folder);
        loaded.Forward(MoeTransformerTests.Ids(1, 2)).Logits.shape.ShouldBe([2L, 20]);
        var longer = loaded.Forward(MoeTransformerTests.Ids(1, 2, 3)).Logits;
        MoeTransformerTests.Difference(loaded.Forward(MoeTransformerTests.Ids(1, 2)).Logits, longer.narrow(0, 0, 2)).ShouldBeInRange(0, 1e-6);
    }

    [Fact]
    public void Half_precision_weights_are_read_as_their_values()
    {
        using var scope = torch.NewDisposeScope();
        var path = Path.Combine(_folder, "half.safetensors");
        SafetensorsWriter.Write(path, [SafetensorsTensors.Item("a", torch.tensor(new[] { 1f, -2.5f, 3f }, [3]).to(ScalarType.BFloat16))]);
        using var reader = SafetensorsReader.Open(path);
        reader.Entry("a").Dtype.ShouldBe("BF16");
        reader.Tensor("a").to(ScalarType.Float32).ToArray<float>().ShouldBe([1f, -2.5f, 3f]);
    }
}
