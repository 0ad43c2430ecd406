using ExpertDivergence.Core;
using ExpertDivergence.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Data;

public sealed class PackTests : IDisposable
{
    private const int EndOfText = 0;

    private static readonly PackOptions s_options = new()
    {
        SequenceLength = 8, HeldoutFraction = 0.2, Seed = 7, VocabularySize = 60_000, EndOfTextId = EndOfText,
    };

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Documents of 3 domains; every token is the number of its place in the corpus, so that each occurs once.</summary>
    private static List<TokenizedDocument> Documents(int seed, int count, int longest)
    {
        var random = new KeyedRandom(seed, "test");
        (string Coarse, string Fine)[] domains = [("en", "en/Games"), ("zh", "zh/Games"), ("math", "math")];
        var token = 1;
        return Enumerable.Range(0, count).Select(i =>
        {
            var (coarse, fine) = i < 3 ? domains[i] : random.Pick(domains);
            var tokens = Enumerable.Range(token, random.NextInt(longest + 1)).ToArray();
            token += tokens.Length;
            return new TokenizedDocument(i, $"s{i}", coarse, fine, 1, tokens);
        }).ToList();
    }

    private (PackInfo Info, PackReport Report) Pack(IReadOnlyList<TokenizedDocument> documents, PackOptions? options = null, string name = "pack")
    {
        var tokens = Directory.CreateDirectory(_folder[name + "-tokens"]).FullName;
        TokenShards.Write(tokens, documents, new("test", "00"), shardSize: 500, Cancel);
        File.WriteAllText(Path.Combine(tokens, "tokenizer.json"), "{}");
        var to = Directory.CreateDirectory(_folder[name]).FullName;
        return new Packer(options ?? s_options).Run(tokens, to, SilentProgress.Instance, Cancel);
    }

    private List<(int[] Tokens, int Count, string Domain3, string Domain49)> Records(PackSplit split, string name = "pack")
    {
        using var dataset = PackedDataset.Open(_folder[name], split);
        var records = new List<(int[], int, string, string)>();
        for (var i = 0; i < dataset.Count; i++)
        {
            var tokens = new int[dataset.SequenceLength + 1];
            dataset.GetSequence(i, tokens);
            records.Add((tokens, dataset.TokenCount(i), dataset.Info.Domains3[dataset.Domain3(i)], dataset.Info.Domains49[dataset.Domain49(i)]));
        }

        return records;
    }

    [Theory]
    [InlineData(1, 200, 5, 8)]
    [InlineData(2, 200, 40, 8)]
    [InlineData(3, 60, 300, 2)]
    [InlineData(4, 100, 16, 64)]
    [InlineData(5, 7, 8, 1024)]
    public void EveryTokenIsPredictedExactlyOnceInItsDomain(int seed, int count, int longest, int length)
    {
        var documents = Documents(seed, count, longest);
        var (info, report) = Pack(documents, s_options with { SequenceLength = length, Seed = seed });

        var seen = new Dictionary<int, string>();
        var ends = 0;
        foreach (var (tokens, n, _, domain) in Records(PackSplit.Train).Concat(Records(PackSplit.Heldout)))
        {
            foreach (var token in tokens[1..n])
            {
                if (token == EndOfText)
                    ends++;
                else
                    seen.TryAdd(token, domain).ShouldBeTrue();
            }

            tokens[n..].ShouldAllBe(t => t == EndOfText);
        }

        seen.OrderBy(s => s.Key).ShouldBe(documents.SelectMany(d => d.Tokens.Select(t => KeyValuePair.Create(t, d.Domain49))).OrderBy(s => s.Key));
        ends.ShouldBe(count);
        foreach (var part in (PackSplitReport[])[report.Train, report.Heldout])
            (part.Tokens + part.PaddedTokens).ShouldBe((long)part.Sequences * length);
        (info.Train.Tokens + info.Heldout.Tokens).ShouldBe(seen.Count + ends);
        (report.Train.Documents + report.Heldout.Documents).ShouldBe(count);
    }

    [Fact]
    public void ARecordBeginsWithTheLastTokenOfTheOneBefore()
    {
        Pack(Documents(1, 100, 30));
        var domains = Records(PackSplit.Train).GroupBy(r => r.Domain49).ToList();
        domains.Count.ShouldBe(3);
        foreach (var domain in domains)
        {
            domain.Count().ShouldBeGreaterThan(10);
            var last = EndOfText;
            foreach (var (tokens, n, _, _) in domain)
            {
                tokens[0].ShouldBe(last);
                last = tokens[n - 1];
            }
        }
    }

    [Fact]
    public void JoinedCroppedAndPaddedAreCounted()
    {
        // Records of 4: [0 1 2 0 3], [3 0 4 5 6], [6 7 0 . .] in en; [0 8 9 10 0] in zh; a document each is held out.
        List<TokenizedDocument> documents =
        [
            new(0, "", "en", "en/Games", 1, [1, 2]), new(1, "", "en", "en/Games", 1, [3]), new(2, "", "en", "en/Games", 1, [4, 5, 6, 7]),
            new(3, "", "zh", "zh/Games", 1, [8, 9, 10]),
        ];
        var (_, report) = Pack([.. documents, new(4, "", "en", "en/Games", 1, [11])],
            s_options with { SequenceLength = 4, HeldoutFraction = 1e-9, Seed = SeedThatHoldsOut(4) });

        Records(PackSplit.Train).Select(r => (string.Join(' ', r.Tokens), r.Count, r.Domain3, r.Domain49)).ShouldBe(
        [
            ("0 1 2 0 3", 5, "en", "en/Games"), ("3 0 4 5 6", 5, "en", "en/Games"),
            ("6 7 0 0 0", 3, "en", "en/Games"), ("0 8 9 10 0", 5, "zh", "zh/Games"),
        ]);
        Records(PackSplit.Heldout).Select(r => (string.Join(' ', r.Tokens), r.Count)).ShouldBe([("0 11 0 0 0", 3)]);
        var train = report.Train;
        (train.Documents, train.Sequences, train.Tokens, train.PaddedTokens).ShouldBe((4, 4, 14, 2));
        (train.CroppedDocuments, train.JoinedSequences).ShouldBe((2, 2));
        (train.PaddedShare, train.CroppedShare, train.JoinedShare).ShouldBe((2 / 16.0, 0.5, 0.5));
        (train.ByDomain49["en/Games"].Sequences, train.ByDomain49["en/Games"].Tokens).ShouldBe((3, 10));
    }

    [Fact]
    public void PackingTwiceGivesTheSameBytesAndAnotherSeedAnotherSplit()
    {
        var documents = Documents(1, 300, 20);
        Pack(documents, name: "a");
        Pack(documents, name: "b");
        Pack(documents, s_options with { Seed = 8 }, name: "c");
        foreach (var file in (string[])["train.bin", "train.idx", "heldout.bin", "heldout.idx", "pack.json", "report.json"])
            Hashing.OfFile(_folder["a/" + file]).ShouldBe(Hashing.OfFile(_folder["b/" + file]));
        Hashing.OfFile(_folder["a/heldout.bin"]).ShouldNotBe(Hashing.OfFile(_folder["c/heldout.bin"]));
    }

    [Theory]
    [InlineData(0.000001)]
    [InlineData(0.999999)]
    public void EveryDomainOfTwoDocumentsIsInBothParts(double fraction)
    {
        var (_, report) = Pack(Documents(1, 100, 10), s_options with { HeldoutFraction = fraction });
        report.Train.ByDomain49.Keys.ShouldBe(["en/Games", "math", "zh/Games"]);
        report.Heldout.ByDomain49.Keys.ShouldBe(["en/Games", "math", "zh/Games"]);
    }

    [Fact]
    public void TheHeldOutShareIsAboutTheFraction()
    {
        var (_, report) = Pack(Documents(1, 2000, 2));
        report.Heldout.Documents.ShouldBeInRange(340, 460);
    }

    [Theory]
    [InlineData(65_536, 2)]
    [InlineData(65_537, 4)]
    public void TokensTakeTheBytesThatTheVocabularyNeeds(int vocabulary, int bytes)
    {
        var documents = Documents(1, 40, 10);
        documents.Add(new(40, "", "en", "en/Games", 1, [vocabulary - 1]));
        Pack(documents, s_options with { VocabularySize = vocabulary }).Info.TokenBytes.ShouldBe(bytes);
        Records(PackSplit.Train).Concat(Records(PackSplit.Heldout)).Count(r => r.Tokens[1..].Contains(vocabulary - 1)).ShouldBe(1);
        PackInfo.Read(_folder["pack"]).VocabSize.ShouldBe(vocabulary);
    }

    [Fact]
    public void PackJsonSaysWhatTheContractSays()
    {
        Pack(Documents(1, 40, 10));
        var json = File.ReadAllText(_folder["pack/pack.json"]);
        foreach (var name in (string[])["sequence_length", "token_bytes", "vocab_size", "end_of_text_id", "domains3", "domains49", "train", "heldout", "sequences", "tokens"])
            json.ShouldContain($"\"{name}\"");
        File.Exists(_folder["pack/tokenizer.json"]).ShouldBeTrue();
    }

    [Fact]
    public void ACorpusThatCannotServeIsRefused()
    {
        Should.Throw<InputException>(() => Pack([], name: "empty")).Message.ShouldContain("tokens-*.parquet");
        Should.Throw<InputException>(() => Pack([.. Documents(1, 40, 5).Where(d => d.Domain3 == "en")], name: "one"))
            .Message.ShouldContain("divergence needs at least two domains");
        Should.Throw<InputException>(() => Pack([.. Documents(1, 3, 5)], name: "few")).Message.ShouldContain("nothing can be held out");
        Should.Throw<InputException>(() => Pack([new(0, "", "en", "math", 1, [1]), new(1, "", "math", "math", 1, [1])], name: "torn"))
            .Message.ShouldContain("both in 'en' and in 'math'");
        Should.Throw<InputException>(() => Pack(Documents(1, 40, 5), s_options with { VocabularySize = 20 }, name: "vocabulary"))
            .Message.ShouldContain("not in the vocabulary of 20");
    }

    [Theory]
    [InlineData(8, 0.0, 60_000, 0, "pack.heldout_fraction")]
    [InlineData(8, 1.0, 60_000, 0, "pack.heldout_fraction")]
    [InlineData(8, double.NaN, 60_000, 0, "pack.heldout_fraction")]
    [InlineData(1, 0.1, 60_000, 0, "pack.sequence_length")]
    [InlineData(8, 0.1, 60_000, 60_000, "pack.end_of_text_id")]
    public void OptionsOutOfRangeAreRefusedByName(int length, double fraction, int vocabulary, int end, string option) =>
        Should.Throw<OptionException>(() => new Packer(new()
        {
            SequenceLength = length, HeldoutFraction = fraction, VocabularySize = vocabulary, EndOfTextId = end,
        })).Option.ShouldBe(option);

    [Theory]
    [InlineData("train.bin")]
    [InlineData("train.idx")]
    public void ATruncatedFileIsRefused(string file)
    {
        Pack(Documents(1, 40, 10));
        using (var stream = File.OpenWrite(_folder["pack/" + file]))
            stream.SetLength(stream.Length - 2);
        Should.Throw<InputException>(() => PackedDataset.Open(_folder["pack"], PackSplit.Train)).Message.ShouldContain("truncated");
        PackedDataset.Open(_folder["pack"], PackSplit.Heldout).Dispose();
    }

    [Fact]
    public void ADescriptionThatIsNoneIsRefused()
    {
        Pack(Documents(1, 40, 10));
        File.WriteAllText(_folder["pack/pack.json"], "{}");
        Should.Throw<InputException>(() => PackedDataset.Open(_folder["pack"], PackSplit.Train)).File.ShouldEndWith("pack.json");
    }

    [Fact]
    public void TheMixOfABatchIsCounted()
    {
        Pack(Documents(1, 100, 10));
        using var dataset = PackedDataset.Open(_folder["pack"], PackSplit.Train);
        var oneOfEach = Enumerable.Range(0, 3).Select(d => dataset.Domains49.IndexOf((short)d)).ToArray();
        BatchMix.Of(dataset, [.. oneOfEach, oneOfEach[0]]).ShouldBe(new(3, 3, 3, 3));
        BatchMix.Of(dataset, [oneOfEach[0]]).ShouldBe(new(1, 0, 1, 0));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A seed that gives document <paramref name="id"/> the smallest draw among documents 0 … id.</summary>
    private static long SeedThatHoldsOut(int id)
    {
        double Draw(long seed, int document) => new KeyedRandom(seed, "heldout", $"{document}").NextDouble();
        for (var seed = 0L; ; seed++)
            if (Enumerable.Range(0, id).All(d => Draw(seed, d) > Draw(seed, id)))
                return seed;
    }
}
