using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

public class BpeTrainerTests
{
    [Fact]
    public void Learns_what_was_worked_out_by_hand()
    {
        // aaabdaaabac: (a,a) occurs 4 times with overlaps; then (a,b) and (aa,a) twice, a's id being the smaller; then (aa,ab) twice.
        var result = Train(["aaabdaaabac"], new BpeTrainerOptions { VocabularySize = 300 });
        result.Tokenizer.Model.Merges.ShouldBe([new('a', 'a', 256, 0), new('a', 'b', 257, 1), new(256, 257, 258, 2)]);
        result.Tokenizer.EncodeToIds("aaabdaaabac").ShouldBe([258, 'd', 258, 'a', 'c']);
        result.Tokenizer.AddedTokens.ShouldBe([new AddedToken("<|endoftext|>", 259)]);
        (result.Reached, result.Tokenizer.VocabularySize, result.Documents, result.Bytes, result.Pieces).ShouldBe((false, 260, 1, 11, 1));
    }

    [Fact]
    public void Stops_at_the_vocabulary_asked_for()
    {
        var result = Train(Texts.Corpus, new BpeTrainerOptions { VocabularySize = 300, SpecialTokens = ["<|a|>", "<|b|>"] });
        result.Reached.ShouldBeTrue();
        result.Tokenizer.VocabularySize.ShouldBe(300);
        result.Tokenizer.AddedTokens.ShouldBe([new AddedToken("<|a|>", 298), new AddedToken("<|b|>", 299)]);
    }

    [Fact]
    public void Neither_threads_nor_order_change_anything()
    {
        var documents = Enumerable.Range(0, 300).Select(i => Texts.Random(new KeyedRandom(i, "documents"), 50)).ToArray();
        var one = TokenizerJson.Serialize(Train(documents, new BpeTrainerOptions { VocabularySize = 600, Threads = 1 }).Tokenizer);
        var two = TokenizerJson.Serialize(Train(documents.Reverse(), new BpeTrainerOptions { VocabularySize = 600, Threads = 2 }).Tokenizer);
        two.ShouldBe(one);
    }

    [Fact]
    public void Agrees_with_counting_anew_at_every_step()
    {
        for (var round = 0; round < 30; round++)
        {
            var random = new KeyedRandom(round, "training");
            var documents = Enumerable.Range(0, 20)
                .Select(_ => string.Concat(Enumerable.Range(0, random.NextInt(30)).Select(_ => random.Pick(["a", "a", "b", "c", " "])))).ToArray();
            var learnt = Train(documents, new BpeTrainerOptions { VocabularySize = 330, Pattern = "gpt2" }).Tokenizer.Model;
            learnt.Merges.Select(m => (m.Left, m.Right)).ShouldBe(ByDefinition(documents, learnt.Merges.Count + 1), $"round {round}");
        }
    }

    [Fact]
    public void Rare_pairs_are_left_alone() =>
        Train(["ab", "ab", "cd", "cd", "cd"], new BpeTrainerOptions { VocabularySize = 300, MinFrequency = 3 })
            .Tokenizer.Model.Merges.ShouldBe([new('c', 'd', 256, 0)]);

    [Fact]
    public void Reads_no_more_than_it_may()
    {
        Train(["ab", "cd", "ef"], new BpeTrainerOptions { MaxDocuments = 2 }).Documents.ShouldBe(2);
        Train(["ab", "cd", "ef"], new BpeTrainerOptions { MaxBytes = 5 }).Bytes.ShouldBe(4);
    }

    [Fact]
    public void Without_documents_there_are_the_bytes()
    {
        var result = Train([], new BpeTrainerOptions());
        result.Reached.ShouldBeFalse();
        result.Tokenizer.Decode(result.Tokenizer.EncodeToIds("水")).ShouldBe("水");
    }

    [Fact]
    public void One_endless_word_does_not_hold_it_up()
    {
        var word = string.Concat(Enumerable.Range(0, 300_000).Select(i => (char)('a' + i * 7 % 13 % 5)));
        Train([word], new BpeTrainerOptions { VocabularySize = 400 }).Bytes.ShouldBe(300_000);
    }

    [Fact]
    public void Can_be_cancelled() => Should.Throw<OperationCanceledException>(
        () => BpeTrainer.Train(Texts.Corpus, new BpeTrainerOptions(), cancel: new CancellationToken(canceled: true)));

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Option(new() { VocabularySize = 256 }).ShouldBe("tokenizer.vocab_size");
        Option(new() { Pattern = "gpt3" }).ShouldBe("tokenizer.pattern");
        Option(new() { SpecialTokens = ["<x>", "<x>"] }).ShouldBe("tokenizer.special_tokens");
        Option(new() { SpecialTokens = [""] }).ShouldBe("tokenizer.special_tokens");
        Option(new() { MinFrequency = 0 }).ShouldBe("tokenizer.min_frequency");
        Option(new() { MaxDocuments = 0 }).ShouldBe("tokenizer.max_documents");
        Option(new() { MaxBytes = 0 }).ShouldBe("tokenizer.max_bytes");
        Option(new() { Threads = -1 }).ShouldBe("tokenizer.threads");
    }

    private static BpeTrainingResult Train(IEnumerable<string> documents, BpeTrainerOptions options) =>
        BpeTrainer.Train(documents, options, cancel: TestContext.Current.CancellationToken);

    [Fact]
    public void A_special_token_that_is_a_word_of_the_text_is_refused() => Should.Throw<OptionException>(
        () => Train(["pad", "pad"], new BpeTrainerOptions { SpecialTokens = ["pad"] })).Message.ShouldContain("'pad'");

    private static string Option(BpeTrainerOptions options) => Should.Throw<OptionException>(() => Train([], options)).Option;

    private static List<(int, int)> ByDefinition(string[] documents, int steps)
    {
        var pieces = documents.SelectMany(d => Texts.Pieces(PreTokenizers.Named("gpt2"), d))
            .Select(p => Encoding.UTF8.GetBytes(p).Select(b => (int)b).ToList()).ToList();
        var merges = new List<(int, int)>();
        while (merges.Count < steps)
        {
            var best = pieces.SelectMany(p => p.Zip(p.Skip(1))).GroupBy(pair => pair)
                .Where(g => g.Count() >= 2).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).FirstOrDefault();
            if (best is null)
                break;
            foreach (var piece in pieces)
            {
                for (var i = 0; i + 1 < piece.Count; i++)
                {
                    if ((piece[i], piece[i + 1]) != best.Key)
                        continue;
                    piece[i] = 256 + merges.Count;
                    piece.RemoveAt(i + 1);
                }
            }

            merges.Add(best.Key);
        }

        return merges;
    }
}
