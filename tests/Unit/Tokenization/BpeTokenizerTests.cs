using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

public class BpeTokenizerTests
{
    private static BpeTokenizer Tokenizer => Texts.Tokenizer;

    [Fact]
    public void Any_text_comes_back()
    {
        var random = new KeyedRandom(3, "text");
        for (var round = 0; round < 1000; round++)
        {
            var text = Texts.Random(random, random.NextInt(30));
            var wellFormed = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)); // unpaired surrogates as U+FFFD
            Tokenizer.Decode(Tokenizer.EncodeToIds(text)).ShouldBe(wellFormed);
        }
    }

    [Fact]
    public void Any_bytes_come_back()
    {
        var random = new KeyedRandom(4, "bytes");
        for (var round = 0; round < 1000; round++)
        {
            var bytes = Enumerable.Range(0, random.NextInt(60)).Select(_ => (byte)random.NextInt(256)).ToArray();
            var ids = new List<int>();
            Tokenizer.EncodeUtf8(bytes, ids);
            Tokenizer.DecodeBytes(ids.ToArray()).ShouldBe(bytes);
        }
    }

    [Fact]
    public void Agrees_with_merging_by_definition()
    {
        var random = new KeyedRandom(5, "merges");
        for (var round = 0; round < 1000; round++)
        {
            var text = random.NextInt(2) == 0 ? Texts.Random(random, 20) : Letters(random, 1 + random.NextInt(200));
            Tokenizer.EncodeToIds(text).ShouldBe(ByDefinition(text), text);
        }
    }

    [Fact]
    public void Agrees_with_merging_by_definition_where_merges_are_in_no_learnt_order()
    {
        var random = new KeyedRandom(6, "shuffled merges");
        var tokens = Enumerable.Range(0, 256).Select(b => (byte[]?)[(byte)b]).ToList();
        var merges = new List<Merge>();
        while (merges.Count < 60)
        {
            var (left, right) = (Pick(), Pick());
            if (merges.Exists(m => m.Left == left && m.Right == right) || tokens.Exists(t => t!.AsSpan().SequenceEqual([.. tokens[left]!, .. tokens[right]!])))
                continue;
            merges.Add(new Merge(left, right, tokens.Count, 0));
            tokens.Add([.. tokens[left]!, .. tokens[right]!]);
        }

        var order = merges.ToArray();
        random.Shuffle<Merge>(order);
        var tokenizer = new BpeTokenizer(new BpeModel
        {
            Tokens = tokens,
            Merges = [.. order.Select((m, rank) => m with { Rank = rank })],
            PreTokenizer = PreTokenizers.Named("qwen2"),
        });
        for (var round = 0; round < 500; round++)
        {
            var text = Letters(random, 1 + random.NextInt(150));
            tokenizer.EncodeToIds(text).ShouldBe(ByDefinition(text, tokenizer), text);
        }

        int Pick() => random.NextInt(3) == 0 && merges.Count > 0 ? 256 + random.NextInt(merges.Count) : 'a' + random.NextInt(3);
    }

    [Theory]
    [InlineData('a')]
    [InlineData(' ')]
    [InlineData('\n')]
    [InlineData('7')]
    [InlineData('水')]
    [InlineData('!')]
    public void A_run_of_a_hundred_thousand_equal_characters_comes_back(char c)
    {
        var text = new string(c, 100_000);
        Tokenizer.Decode(Tokenizer.EncodeToIds(text)).ShouldBe(text);
    }

    [Fact]
    public void Added_tokens_are_text_unless_asked_for()
    {
        const string Text = "sea<|endoftext|>river<|endoftext|>";
        var end = Tokenizer.AddedTokenId("<|endoftext|>").ShouldNotBeNull();
        Tokenizer.EncodeToIds(Text).ShouldNotContain(end);
        var ids = Tokenizer.EncodeToIds(Text, encodeAddedTokens: true);
        ids.ShouldBe([.. Tokenizer.EncodeToIds("sea"), end, .. Tokenizer.EncodeToIds("river"), end]);
        Tokenizer.Decode(ids).ShouldBe(Text);
        Tokenizer.Decode(ids, skipSpecialTokens: true).ShouldBe("seariver");
    }

    [Fact]
    public void Of_added_tokens_that_begin_together_the_longest_is_taken()
    {
        var tokenizer = new BpeTokenizer(Tokenizer.Model with { AddedTokens = [new("<a>", 500), new("<a><b>", 501)] });
        tokenizer.EncodeToIds("<a><b><a>", encodeAddedTokens: true).ShouldBe([501, 500]);
        tokenizer.VocabularySize.ShouldBe(502);
    }

    [Fact]
    public void Added_tokens_take_white_space_and_keep_to_whole_words_as_they_say()
    {
        var tokenizer = new BpeTokenizer(Tokenizer.Model with
        {
            AddedTokens = [new("<l>", 500) { TakesSpaceBefore = true }, new("<r>", 501) { TakesSpaceBehind = true }, new("word", 502) { WholeWord = true }],
        });
        tokenizer.EncodeToIds("<l>  <l> <r> \n<r>", encodeAddedTokens: true).ShouldBe([500, 500, .. tokenizer.EncodeToIds(" "), 501, 501]);
        tokenizer.EncodeToIds("word,word", encodeAddedTokens: true).ShouldBe([502, .. tokenizer.EncodeToIds(","), 502]);
        tokenizer.EncodeToIds("words é\u0301word _word", encodeAddedTokens: true).ShouldNotContain(502);
        TokenizerJson.Parse(TokenizerJson.Serialize(tokenizer)).AddedTokens.ShouldBe(tokenizer.AddedTokens);
    }

    [Fact]
    public void The_byte_counts_of_a_texts_tokens_add_up_to_its_bytes()
    {
        var text = string.Concat(Texts.Corpus);
        var ids = Tokenizer.EncodeToIds(text);
        ids.Sum(Tokenizer.TokenBytes).ShouldBe(Encoding.UTF8.GetByteCount(text));
        Tokenizer.TokenBytes(Tokenizer.AddedTokenId("<|endoftext|>")!.Value).ShouldBe(0);
        Tokenizer.TokenByteCounts.Length.ShouldBe(Tokenizer.VocabularySize);
    }

    [Fact]
    public void Ids_are_appended_and_counted()
    {
        List<int> ids = [7];
        Tokenizer.EncodeToIds("the river", ids);
        ids[0].ShouldBe(7);
        (ids.Count - 1).ShouldBe(Tokenizer.CountTokens("the river"));
    }

    [Fact]
    public void An_id_beyond_the_vocabulary_is_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Tokenizer.DecodeBytes([Tokenizer.VocabularySize]));
        Should.Throw<ArgumentOutOfRangeException>(() => Tokenizer.TokenBytes(-1));
    }

    [Fact]
    public void A_cut_character_decodes_to_the_replacement_character()
    {
        var ids = new List<int>();
        Tokenizer.EncodeUtf8([0xE6, 0xB0], ids);
        Tokenizer.Decode(ids).ShouldBe("\uFFFD");
    }

    [Fact]
    public void One_instance_serves_many_threads()
    {
        var expected = Texts.Corpus.Select(t => Tokenizer.EncodeToIds(t)).ToArray();
        Parallel.For(0, 200, i => Tokenizer.EncodeToIds(Texts.Corpus[i % expected.Length]).ShouldBe(expected[i % expected.Length]));
    }

    private static string Letters(KeyedRandom random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => (char)('a' + random.NextInt(3))));

    // Quadratic, straight from the definition.
    private static List<int> ByDefinition(string text, BpeTokenizer? tokenizer = null)
    {
        tokenizer ??= Tokenizer;
        var ids = new List<int>();
        foreach (var piece in Texts.Pieces(tokenizer.PreTokenizer, text))
        {
            var tokens = Encoding.UTF8.GetBytes(piece).Select(b => (int)b).ToList();
            while (true)
            {
                var best = tokenizer.Model.Merges
                    .Where(m => Enumerable.Range(0, tokens.Count - 1).Any(i => tokens[i] == m.Left && tokens[i + 1] == m.Right))
                    .Select(m => (Merge?)m).FirstOrDefault();
                if (best is not { } merge)
                    break;
                var at = Enumerable.Range(0, tokens.Count - 1).First(i => tokens[i] == merge.Left && tokens[i + 1] == merge.Right);
                tokens[at] = merge.Result;
                tokens.RemoveAt(at + 1);
            }

            ids.AddRange(tokens);
        }

        return ids;
    }
}
