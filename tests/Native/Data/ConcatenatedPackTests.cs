using ExpertDivergence.Core;
using ExpertDivergence.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Data;

public sealed class ConcatenatedPackTests : IDisposable
{
    private const int EndOfText = 0;

    private static readonly (string Coarse, string Fine)[] s_domains = [("en", "en/Games"), ("zh", "zh/Games"), ("math", "math"), ("en", "en/Art")];

    private static readonly PackOptions s_options = new()
    {
        SequenceLength = 8, Layout = PackLayout.Concatenated, HeldoutFraction = 0.2, Seed = 7, VocabularySize = 60_000, EndOfTextId = EndOfText,
    };

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 200, 5, 8, 60_000)]
    [InlineData(2, 200, 40, 8, 60_000)]
    [InlineData(3, 60, 300, 2, 70_000)]
    [InlineData(4, 100, 16, 64, 60_000)]
    [InlineData(5, 9, 8, 1024, 60_000)]
    public void EveryTokenIsPredictedOnceInOneStreamOfWholeDocumentsUnderItsLabel(int seed, int count, int longest, int length, int vocabulary)
    {
        var documents = Documents(seed, count, longest);
        var (info, report) = Pack(documents, s_options with { SequenceLength = length, Seed = seed, VocabularySize = vocabulary });

        var found = new List<string>();
        foreach (var split in (PackSplit[])[PackSplit.Train, PackSplit.Heldout])
        {
            var stream = Stream(split);
            stream[0].Token.ShouldBe(EndOfText);
            stream[0].Domain.ShouldBe(stream[1].Domain);
            var text = new List<int>();
            foreach (var (token, domain) in stream.Skip(1))
            {
                text.Add(token);
                if (token != EndOfText)
                    continue;
                found.Add($"{domain}: {string.Join(' ', text)}");
                text.Clear();
            }

            text.ShouldBeEmpty();
            info.Of(split).Tokens.ShouldBe(stream.Count - 1);
        }

        found.Order().ShouldBe(documents.Select(d => $"{d.Domain49}: {string.Join(' ', d.Tokens.Append(EndOfText))}").Order());
        foreach (var part in (PackSplitReport[])[report.Train, report.Heldout])
        {
            (part.Tokens + part.PaddedTokens).ShouldBe((long)part.Sequences * length);
            part.PaddedTokens.ShouldBeInRange(0, length - 1);
            part.ByDomain49.Values.Sum(d => d.Tokens).ShouldBe(part.Tokens);
            part.ByDomain49.Values.Sum(d => d.Documents).ShouldBe(part.Documents);
        }
    }

    [Fact]
    public void JoinedCroppedMixedAndPaddedAreCounted()
    {
        Pack(Documents(1, 300, 20));
        foreach (var (split, part) in ((PackSplit, PackSplitReport)[])[(PackSplit.Train, Report().Train), (PackSplit.Heldout, Report().Heldout)])
        {
            // Of the stream alone: which document every predicted position is of.
            var (document, documents) = (0, new List<int>());
            var stream = Stream(split).Skip(1).ToList();
            foreach (var (token, _) in stream)
            {
                documents.Add(document);
                document += token == EndOfText ? 1 : 0;
            }

            var records = documents.Chunk(8).ToList();
            part.JoinedSequences.ShouldBe(records.Count(r => r[0] != r[^1]));
            part.CroppedDocuments.ShouldBe(Enumerable.Range(0, document).Count(d => records.Count(r => r.Contains(d)) > 1));
            part.MixedSequences.ShouldBe(stream.Chunk(8).Count(r => r.Select(t => t.Domain).Distinct().Count() > 1));
            part.ByDomain49["math"].Sequences.ShouldBe(stream.Chunk(8).Count(r => r.Any(t => t.Domain == "math")));
            part.Documents.ShouldBe(document);
        }

        PackReport Report() => Pack(Documents(1, 300, 20), name: "again").Report;
    }

    [Fact]
    public void TheIndexNamesTheDomainOfMostPredictedTokens()
    {
        Pack(Documents(3, 100, 12));
        using var set = PackedDataset.Open(_folder["pack"], PackSplit.Train);
        for (var i = 0; i < set.Count; i++)
        {
            var tokens = new int[set.Info.Domains49.Count];
            foreach (var run in set.Runs(i))
                tokens[run.Domain49] += run.Length - (run.Start == 0 ? 1 : 0);
            set.Domain49(i).ShouldBe(tokens.IndexOf(tokens.Max()));
            set.Info.Domains3[set.Domain3(i)].ShouldBe(s_domains.Single(d => d.Fine == set.Info.Domains49[set.Domain49(i)]).Coarse);
        }
    }

    [Fact]
    public void TheBytesDependOnTheSeedAloneAndTheHeldOutDocumentsNotOnTheLayout()
    {
        var documents = Documents(1, 300, 20);
        Pack(documents, name: "a");
        Pack(documents, name: "b");
        foreach (var file in (string[])["train.bin", "train.idx", "train.domains", "heldout.bin", "heldout.domains", "pack.json", "report.json"])
            Hashing.OfFile(_folder["a/" + file]).ShouldBe(Hashing.OfFile(_folder["b/" + file]));
        Pack(documents, s_options with { Seed = 8 }, "c");
        Hashing.OfFile(_folder["a/train.bin"]).ShouldNotBe(Hashing.OfFile(_folder["c/train.bin"]));

        Pack(documents, s_options with { Layout = PackLayout.ByDomain }, "d");
        Tokens("a").ShouldBe(Tokens("d"));
        File.Exists(_folder["d/train.domains"]).ShouldBeFalse();
        File.ReadAllText(_folder["d/pack.json"]).ShouldNotContain("layout");

        int[] Tokens(string name) => [.. Stream(PackSplit.Heldout, name).Select(t => t.Token).Where(t => t != EndOfText).Order()];
    }

    [Fact]
    public void TheDocumentsAreShuffled()
    {
        Pack(Documents(1, 300, 20));
        var order = Stream(PackSplit.Train).Select(t => t.Token).Where(t => t != EndOfText).ToArray();
        order.Zip(order.Skip(1)).Count(p => p.Second < p.First).ShouldBeInRange(80, 160);
    }

    [Fact]
    public void TheMixOfABatchCountsEveryTokensDomain()
    {
        Pack(Documents(1, 100, 3), s_options with { SequenceLength = 32 });
        using var set = PackedDataset.Open(_folder["pack"], PackSplit.Train);
        BatchMix.Of(set, [0]).Domains49.ShouldBe(set.Runs(0).Select(r => r.Domain49).Distinct().Count());
        BatchMix.Of(set, [0]).Domains49.ShouldBeGreaterThan(1);
    }

    [Fact]
    public void DamagedLabelsAreRefused()
    {
        Pack(Documents(1, 40, 10));
        using (var stream = File.OpenWrite(_folder["pack/train.domains"]))
            stream.Write([0xFF, 0x7F]);
        using (var set = PackedDataset.Open(_folder["pack"], PackSplit.Train))
            Should.Throw<InputException>(() => set.Runs(0)).Message.ShouldContain("there are 4 domains");
        using (var stream = File.OpenWrite(_folder["pack/train.domains"]))
            stream.SetLength(stream.Length - 2);
        Should.Throw<InputException>(() => PackedDataset.Open(_folder["pack"], PackSplit.Train)).Message.ShouldContain("truncated");
        var json = File.ReadAllText(_folder["pack/pack.json"]);
        File.WriteAllText(_folder["pack/pack.json"], json.Replace("domain3_of_domain49", "other", StringComparison.Ordinal));
        Should.Throw<InputException>(() => PackedDataset.Open(_folder["pack"], PackSplit.Heldout)).File.ShouldEndWith("pack.json");
    }

    /// <summary>Documents of 4 domains, each with a token at least; every token is the number of its place in the corpus.</summary>
    private static List<TokenizedDocument> Documents(int seed, int count, int longest)
    {
        var random = new KeyedRandom(seed, "test");
        var token = 1;
        return Enumerable.Range(0, count).Select(i =>
        {
            var (coarse, fine) = i < 8 ? s_domains[i % 4] : random.Pick(s_domains);
            var tokens = Enumerable.Range(token, 1 + random.NextInt(longest)).ToArray();
            token += tokens.Length;
            return new TokenizedDocument(i, $"s{i}", coarse, fine, 1, tokens);
        }).ToList();
    }

    private (PackInfo Info, PackReport Report) Pack(IReadOnlyList<TokenizedDocument> documents, PackOptions? options = null, string name = "pack")
    {
        var cancel = TestContext.Current.CancellationToken;
        var tokens = Directory.CreateDirectory(_folder[name + "-tokens"]).FullName;
        TokenShards.Write(tokens, documents, new("test", "00"), shardSize: 500, cancel);
        File.WriteAllText(Path.Combine(tokens, "tokenizer.json"), "{}");
        return new Packer(options ?? s_options).Run(tokens, Directory.CreateDirectory(_folder[name]).FullName, SilentProgress.Instance, cancel);
    }

    /// <summary>Position 0 and every predicted token of a part, each with its label; checks that records overlap by one.</summary>
    private List<(int Token, string Domain)> Stream(PackSplit split, string name = "pack")
    {
        using var set = PackedDataset.Open(_folder[name], split);
        var stream = new List<(int, string)>();
        for (var i = 0; i < set.Count; i++)
        {
            var tokens = new int[set.SequenceLength + 1];
            set.GetSequence(i, tokens);
            tokens[set.TokenCount(i)..].ShouldAllBe(t => t == EndOfText);
            var labelled = set.Runs(i).SelectMany(r => Enumerable.Range(r.Start, r.Length).Select(t => (tokens[t], set.Info.Domains49[r.Domain49]))).ToList();
            labelled.Count.ShouldBe(set.TokenCount(i));
            if (set.Info.Layout == PackLayout.Concatenated && i > 0)
                labelled[0].ShouldBe(stream[^1]);
            stream.AddRange(i == 0 ? labelled : labelled.Skip(1));
        }

        return stream;
    }
}
