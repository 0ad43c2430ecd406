using System.Globalization;
using System.Text.Json.Nodes;
using ExpertDivergence.Analysis;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Training;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Analysis;

// Live tensors are counted over the whole process, so nothing may run beside these.
[CollectionDefinition(nameof(AnalyzeStageTests), DisableParallelization = true)]
[Collection(nameof(AnalyzeStageTests))]
public sealed class AnalyzeStageTests : IDisposable
{
    private static readonly ModelOptions s_shape = new()
    {
        VocabSize = 40, Layers = 2, Dim = 16, Heads = 2, KvHeads = 1, HeadDim = 8, ExpertWidth = 8, Experts = 4, TopK = 2, MaxPositions = 12,
    };

    private readonly TinyPack _pack = new();

    public AnalyzeStageTests()
    {
        // The training part serves as held-out text, its padded sequence included.
        var path = Path.Combine(_pack.PackFolder, "pack.json");
        var info = JsonNode.Parse(File.ReadAllText(path))!;
        info["heldout"] = info["train"]!.DeepClone();
        File.WriteAllText(path, info.ToJsonString());
        foreach (var extension in new[] { "bin", "idx" })
            File.Copy(Path.Combine(_pack.PackFolder, "train." + extension), Path.Combine(_pack.PackFolder, "heldout." + extension), overwrite: true);
        using var model = MoeTransformer.Create(s_shape, seed: 1);
        Directory.CreateDirectory(_pack.Output("model"));
        Checkpoint.Save(_pack.Output("model"), model);
    }

    public void Dispose() => _pack.Dispose();

    [Fact]
    public void Every_layer_and_domain_is_there_and_the_shares_sum_to_one()
    {
        var result = Run(5, "a");
        result.Statistics.Select(row => (row.Scheme, row.Layer)).ShouldBe([("domain3", 0), ("domain3", 1), ("domain49", 0), ("domain49", 1)]);
        foreach (var row in result.Statistics)
        {
            row.DTotal.ShouldBe(row.DInter + row.DIntra, 1e-12);
            row.MeanPairwiseJsd.ShouldBeInRange(1e-9, Math.Log(2));
        }

        foreach (var domain in result.Activations.GroupBy(row => (row.Scheme, row.Layer, row.Domain)))
        {
            domain.Sum(row => row.MeanProbability).ShouldBe(1, 1e-12);
            domain.Sum(row => row.LoadShare).ShouldBe(1, 1e-12);
        }

        File.ReadLines(Path.Combine(_pack.Output("a"), "activation.csv")).Count().ShouldBe(1 + (2 * 4 * (3 + 4)));
    }

    [Fact]
    public void The_batch_size_changes_nothing_but_rounding()
    {
        var (one, all) = (Run(1, "a"), Run(100, "b"));
        one.Activations.Count.ShouldBe(2 * 4 * (3 + 4));
        one.Activations.Select(row => row.LoadShare).ShouldBe(all.Activations.Select(row => row.LoadShare));
        foreach (var (a, b) in one.Activations.Zip(all.Activations))
            a.MeanProbability.ShouldBe(b.MeanProbability, 1e-6);
    }

    [Fact]
    public void Padding_is_not_counted()
    {
        // Sequence 3 has five tokens, of which the first four are routed; alone it gives what it gives with its padding.
        using var thread = new TorchThread("test");
        thread.Run(() =>
        {
            using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Heldout);
            using var model = Checkpoint.Load(_pack.Output("model"));
            var found = new ModelRoutingSource(model, data, 4).Read(TestContext.Current.CancellationToken).ElementAt(3);
            found.Loads[1].Sum().ShouldBe(4 * s_shape.TopK);

            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var tokens = new int[13];
            data.GetSequence(3, tokens);
            var alone = model.Forward(torch.tensor(tokens.Take(4).Select(id => (long)id).ToArray(), [1, 4])).Routers[1].Probabilities.mean([0]).ToArray<float>();
            for (var expert = 0; expert < 4; expert++)
                found.MeanProbabilities[1][expert].ShouldBe(alone[expert], 1e-5);
        });
    }

    [Fact]
    public void Nothing_native_is_left_behind()
    {
        var before = torch.LiveTensors;
        Run(4, "a");
        torch.LiveTensors.ShouldBe(before);
    }

    [Fact]
    public void A_model_of_another_vocabulary_is_refused()
    {
        using (var model = MoeTransformer.Create(s_shape with { VocabSize = 39 }, seed: 1))
            Checkpoint.Save(_pack.Output("model"), model);
        Should.Throw<InputException>(() => Run(4, "a")).Message.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"vocabulary of {39}"));
    }

    private RoutingResult Run(int batch, string output) => AnalyzeStage.Run(
        new AnalyzeRequest { ModelFolder = _pack.Output("model"), PackFolder = _pack.PackFolder, OutputFolder = _pack.Output(output), BatchSize = batch },
        SilentProgress.Instance, TestContext.Current.CancellationToken);
}
