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
    public void What_is_saved_is_named_as_the_committed_list_has_it()
    {
        using var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 3);
        Checkpoint.Save(_folder, model);
        using var reader = SafetensorsReader.Open(Path.Combine(_folder, Checkpoint.WeightsFile));
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "ExpertDivergence.slnx")))
            root = Path.GetDirectoryName(root)!;
        reader.Header.Entries.Values.Select(e => $"{e.Name} {e.Dtype} {string.Join(',', e.Shape)}").Order(StringComparer.Ordinal)
            .ShouldBe(File.ReadLines(Path.Combine(root, "tests/Unit/Modeling/qwen3-moe-names.txt")).Where(l => !l.StartsWith('#')).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Checkpoint.WeightsFile)]
    [InlineData(Checkpoint.ConfigFile)]
    public void Whatever_happens_to_a_folders_bytes_it_is_loaded_or_refused(string damaged)
    {
        using (var model = MoeTransformer.Create(MoeTransformerTests.Options, seed: 3))
            Checkpoint.Save(_folder, model);
        var path = Path.Combine(_folder, damaged);
        var good = File.ReadAllBytes(path);
        var random = new KeyedRandom(5, "damaged checkpoint", damaged);
        var refused = 0;
        for (var i = 0; i < 100; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var more = 1 + random.NextInt(3); more > 0; more--)
            {
                // In a long file most bytes are weights, in which a flipped bit is only another weight.
                var at = random.NextInt(Math.Min(bytes.Length, 6000));
                bytes[at] = random.NextInt(2) == 0 ? (byte)(bytes[at] ^ (1 << random.NextInt(8))) : (byte)"0123456789-.eE{}[]\",: "[random.NextInt(22)];
            }

            File.WriteAllBytes(path, random.NextInt(10) == 0 ? bytes[..random.NextInt(bytes.Length)] : bytes);
            try
            {
                Checkpoint.Load(_folder).Dispose();
            }
            catch (InputException)
            {
                refused++;
            }
        }

        refused.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void A_sparse_file_of_terabytes_is_refused_before_anything_is_allocated()
    {
        const long Rows = 1L << 37;
        var path = Path.Combine(_folder, "sparse.safetensors");
        var header = System.Text.Encoding.UTF8.GetBytes($$$"""{"a":{"dtype":"F32","shape":[{{{Rows}}},8],"data_offsets":[0,{{{Rows * 32}}}]}}""");
        using (var stream = File.Create(path))
        {
            stream.Write(BitConverter.GetBytes((ulong)header.Length));
            stream.Write(header);
            stream.SetLength(8 + header.Length + Rows * 32);
        }

        using var reader = SafetensorsReader.Open(path);
        Should.Throw<InputException>(() => reader.Tensor("a")).Message.ShouldContain("memory");
        File.Delete(path);
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
