using System.Text.Json.Nodes;
using ExpertDivergence.Analysis;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Evaluation;
using ExpertDivergence.Modeling;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>A concatenated set through training, held-out loss and routing.</summary>
public sealed class ConcatenatedTrainingTests : IDisposable
{
    private static readonly ModelOptions s_shape = new()
    {
        VocabSize = 40, Layers = 2, Dim = 16, Heads = 2, KvHeads = 1, HeadDim = 8, ExpertWidth = 8, Experts = 4, TopK = 2, MaxPositions = 12,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("edl-concatenated-").FullName;
    private readonly string _packed;

    public ConcatenatedTrainingTests()
    {
        _packed = Directory.CreateDirectory(Path.Combine(_folder, "packed")).FullName;
        var tokens = Directory.CreateDirectory(Path.Combine(_folder, "tokens")).FullName;
        var random = new KeyedRandom(3, "concatenated");
        string[] domains = ["en/a", "en/b", "math", "zh/a"];
        TokenShards.Write(tokens, Enumerable.Range(0, 80).Select(i => new TokenizedDocument(i, "", domains[i % 4].Split('/')[0], domains[i % 4], 1,
            [.. Enumerable.Range(0, 1 + random.NextInt(9)).Select(_ => 1 + random.NextInt(39))])), new("test", "00"), cancellation: Cancel);
        File.WriteAllText(Path.Combine(tokens, "tokenizer.json"), "{}");
        new Packer(new() { SequenceLength = 12, Layout = PackLayout.Concatenated, HeldoutFraction = 0.3, VocabularySize = 40, EndOfTextId = 0 })
            .Run(tokens, _packed, SilentProgress.Instance, Cancel);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ABatchHasTheDomainOfEveryInputToken()
    {
        using var set = PackedDataset.Open(_packed, PackSplit.Train);
        var source = new BatchSource(set, TrainingOptions.FromJson(JsonNode.Parse("""{"steps": 1, "warmup_steps": 0, "batch_size": 4, "sampler": {"sequences_per_domain": 1}}""")!.AsObject()), 1);
        using var batch = source.Batch(0);
        var (coarse, fine) = (batch.TokenDomains("domain3")!, batch.TokenDomains("domain49")!);
        fine.Length.ShouldBe(4 * 12);
        fine.Distinct().Count().ShouldBe(source.Mix(0).Domains49);
        coarse.Zip(fine).ShouldAllBe(p => set.Info.Domains49[p.Second].StartsWith(set.Info.Domains3[p.First], StringComparison.Ordinal));

        // An end of text ends a run, unless the next document is of the same domain.
        var ids = batch.Ids.flatten().ToArray<long>();
        for (var i = 1; i < fine.Length; i++)
            if (i % 12 != 0 && fine[i] != fine[i - 1])
                ids[i - 1].ShouldBe(0);
    }

    [Fact]
    public void RoutingIsCountedByTokenLabel()
    {
        using var model = MoeTransformer.Create(s_shape, seed: 1);
        using var set = PackedDataset.Open(_packed, PackSplit.Heldout);
        var parts = new ModelRoutingSource(model, set, 5).Read(Cancel).ToList();
        parts.Sum(p => p.Weight).ShouldBe(set.Count, 1e-9);
        parts.Count.ShouldBeGreaterThan(set.Count);
        for (var domain = 0; domain < set.Info.Domains49.Count; domain++)
        {
            var tokens = Enumerable.Range(0, set.Count).Sum(i => set.Runs(i).Where(r => r.Domain49 == domain)
                .Sum(r => Math.Min(r.Start + r.Length, set.TokenCount(i) - 1) - r.Start));
            parts.Where(p => p.Domain49 == domain).Sum(p => p.Loads[1].Sum()).ShouldBe(tokens * s_shape.TopK);
        }

        parts.ShouldAllBe(p => Math.Abs(p.MeanProbabilities[0].Sum() - 1) < 1e-9);
    }

    [Fact]
    public void HeldOutLossByTokenLabelAddsUpToTheWhole()
    {
        using var model = new TransformerModel(MoeTransformer.Create(s_shape, seed: 1));
        using var set = PackedDataset.Open(_packed, PackSplit.Heldout);
        var rows = HeldOutLoss.Measure(model, new Bytes(), PackedSequences.WithDomains(set), new EvaluationOptions(), SilentProgress.Instance, Cancel);
        var whole = rows.Single(r => r.Scheme == "overall");
        whole.Tokens.ShouldBe(set.Info.Heldout.Tokens);
        whole.NegativeLogLikelihood.ShouldBe(-model.Score([.. PackedSequences.Tokens(set).Select(t => new ContinuationRequest(t, 1))]).Sum(s => s.LogLikelihood), 1e-3);
        foreach (var scheme in (string[])["domain3", "domain49"])
        {
            rows.Where(r => r.Scheme == scheme).Sum(r => r.Tokens).ShouldBe(whole.Tokens);
            rows.Where(r => r.Scheme == scheme).Sum(r => r.NegativeLogLikelihood).ShouldBe(whole.NegativeLogLikelihood, 1e-9 * whole.NegativeLogLikelihood);
        }

        rows.Single(r => r.Domain == "math" && r.Scheme == "domain49").Tokens
            .ShouldBe(Enumerable.Range(0, set.Count).Sum(i => set.Runs(i).Where(r => set.Info.Domains49[r.Domain49] == "math").Sum(r => r.Start + r.Length - Math.Max(1, r.Start))));
    }

    private sealed class Bytes : ITextCodec
    {
        public int EndOfTextId => 0;

        public int[] Encode(string text) => throw new NotSupportedException();

        public string Decode(IReadOnlyList<int> ids) => throw new NotSupportedException();

        public int ByteCount(int id) => 1;
    }
}
