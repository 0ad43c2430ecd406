using System.Text;
using ExpertDivergence.Tokenization;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Tokenization;

/// <summary>What encoding costs, counted rather than timed.</summary>
public sealed class EncodingCostTests
{
    [Fact]
    public void Nothing_is_allocated_for_a_token()
    {
        var text = string.Concat(Enumerable.Repeat(string.Concat(Texts.Corpus), 50));
        var utf8 = Encoding.UTF8.GetBytes(text);
        var ids = new int[utf8.Length];
        Allocated(() => Texts.Tokenizer.EncodeUtf8(utf8, ids)).ShouldBe(0);
        Allocated(() => Texts.Tokenizer.EncodeToIds(text, ids.AsSpan())).ShouldBe(0);
        Allocated(() => Texts.Tokenizer.EncodeToIds(text, ids.AsSpan(), encodeAddedTokens: true)).ShouldBe(0);
        Allocated(() => Texts.Tokenizer.CountTokens(text)).ShouldBe(0);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("abc")]
    [InlineData("abcde")]
    public void A_million_characters_in_one_piece_take_few_steps(string part)
    {
        // Runs that merge into runs, again and again: the worst for merging.
        var merges = new List<Merge>();
        for (int token = 'a', next = 256; next < 276; token = next++)
            merges.Add(new Merge(token, token, next, merges.Count));
        merges.Add(new Merge('a', 'b', 276, merges.Count));
        merges.Add(new Merge(276, 276, 277, merges.Count));
        merges.Add(new Merge(276, 'c', 278, merges.Count));
        merges.Add(new Merge(278, 278, 279, merges.Count));
        var tokens = Enumerable.Range(0, 1_000_000).Select(i => (int)part[i % part.Length]).ToArray();
        var left = MergeLoop.ByHeap(new MergeTable(merges), tokens, out var steps);
        left.ShouldBeLessThan(tokens.Length);
        steps.ShouldBeLessThan(3L * tokens.Length);
    }

    [Fact]
    public void Both_ways_of_merging_agree()
    {
        var merges = new MergeTable(Texts.Tokenizer.Model.Merges);
        var random = new Core.KeyedRandom(9, "both ways");
        for (var round = 0; round < 2000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(Texts.Random(random, 1 + random.NextInt(60)));
            if (bytes.Length > 255)
                continue;
            var scanned = bytes.Select(b => (int)b).ToArray();
            var heaped = bytes.Select(b => (int)b).ToArray();
            var count = MergeLoop.Run(merges, scanned);
            MergeLoop.ByHeap(merges, heaped, out _).ShouldBe(count);
            scanned[..count].ShouldBe(heaped[..count]);
        }
    }

    [Fact]
    public void A_memo_changes_no_id()
    {
        var memo = new PieceMemo(maxPieces: 20);
        var random = new Core.KeyedRandom(10, "memo");
        for (var round = 0; round < 500; round++)
        {
            var utf8 = Encoding.UTF8.GetBytes(Texts.Random(random, 20));
            var (plain, remembered) = (new int[utf8.Length], new int[utf8.Length]);
            var count = Texts.Tokenizer.EncodeUtf8(utf8, plain);
            Texts.Tokenizer.EncodeUtf8(utf8, remembered, memo).ShouldBe(count);
            remembered[..count].ShouldBe(plain[..count]);
        }
    }

    private static long Allocated(Func<int> encode)
    {
        for (var i = 0; i < 3; i++)
            encode(); // buffers are rented for the first time, statics are made
        var before = GC.GetAllocatedBytesForCurrentThread();
        encode();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
