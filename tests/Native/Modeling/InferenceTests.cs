// B sequences, N positions, V vocabulary.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;
using static ExpertDivergence.Tests.Native.Modeling.MoeTransformerTests;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>Inference against the whole forward pass: the head at some positions only, and token by token behind a cache.</summary>
public sealed class InferenceTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly MoeTransformer _model = Model(seed: 1);

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void The_head_at_some_positions_gives_their_rows()
    {
        var ids = torch.cat([Ids(1, 2, 3, 4), Ids(7, 8, 9, 10)], 0);
        var whole = _model.Forward(ids).Logits;
        var some = _model.LogitsAt(ids, torch.tensor([5L, 0L, 5L]));
        some.requires_grad.ShouldBeFalse();
        Difference(some, whole.index_select(0, torch.tensor([5L, 0L, 5L]))).ShouldBeInRange(0, 1e-5);
        Difference(_model.LogitsAt(ids), whole).ShouldBeInRange(0, 1e-5);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 1)]
    public void Token_by_token_gives_the_logits_of_the_whole_context(int seed, int kvHeads)
    {
        using var model = Model(seed, kvHeads);
        long[][] texts = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [13, 14, 15, 16, 17, 18, 19, 1, 2, 3, 4, 5], [6, 5, 4, 3, 2, 1, 0, 19, 18, 17, 16, 15]];
        int[] lengths = [2, 7, 4];
        using var cache = model.NewCache(3);
        Compare(Extend(model, cache, [.. texts.Select((text, b) => text[..lengths[b]])]));
        while (lengths.Max() < 12)
        {
            lengths = [.. lengths.Select(length => length + 1)];
            Compare(Extend(model, cache, [.. texts.Select((text, b) => text[(lengths[b] - 1)..lengths[b]])]));
            cache.Lengths.ShouldBe(lengths);
        }

        void Compare(Tensor last_BV)
        {
            for (var b = 0; b < 3; b++)
                Difference(last_BV[b], Last(model, texts[b][..lengths[b]])).ShouldBeInRange(0, 1e-5);
        }
    }

    [Fact]
    public void One_context_is_continued_in_several_ways_of_different_lengths()
    {
        using var cache = _model.NewCache(2);
        Extend(_model, cache, [[1, 2, 3], [4, 5, 6, 7, 8]]);
        cache.Select([1, 0, 1]);
        cache.Lengths.ShouldBe([5, 3, 5]);
        var last_BV = Extend(_model, cache, [[9], [9, 10, 11, 12], [13, 14]]);
        Difference(last_BV[0], Last(_model, [4, 5, 6, 7, 8, 9])).ShouldBeInRange(0, 1e-5);
        Difference(last_BV[1], Last(_model, [1, 2, 3, 9, 10, 11, 12])).ShouldBeInRange(0, 1e-5);
        Difference(last_BV[2], Last(_model, [4, 5, 6, 7, 8, 13, 14])).ShouldBeInRange(0, 1e-5);
    }

    [Fact]
    public void A_cache_grows_past_the_slots_it_began_with()
    {
        using var model = Model(seed: 4, positions: 200);
        long[] text = [.. Enumerable.Range(0, 150).Select(i => i * 7L % 20)];
        using var cache = model.NewCache(1);
        for (var at = 0; at < 150; at += 30)
            Difference(Extend(model, cache, [text[at..(at + 30)]])[0], Last(model, text[..(at + 30)])).ShouldBeInRange(0, 1e-5);
    }

    [Fact]
    public void Padding_may_stand_after_the_last_position()
    {
        using var cache = _model.NewCache(2);
        Extend(_model, cache, [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [1, 2]]);
        var last_BV = Extend(_model, cache, [[12], [3, 4, 5]]);
        Difference(last_BV[0], Last(_model, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])).ShouldBeInRange(0, 1e-5);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_the_cache_stays_as_it_is()
    {
        using var cache = _model.NewCache(1);
        Extend(_model, cache, [[1, 2, 3, 4, 5, 6, 7]]);
        Should.Throw<ArgumentException>(() => Extend(_model, cache, [[1, 2, 3, 4, 5, 6]])).Message.ShouldContain("12 positions");
        Should.Throw<ArgumentException>(() => Extend(_model, cache, [[1], [2]])).Message.ShouldContain("the cache holds 1");
        Should.Throw<ArgumentException>(() => _model.LogitsAt(Ids(new long[13])));
        cache.Lengths.ShouldBe([7]);
    }

    // The logits after the last token of each sequence, [B, V].
    private static Tensor Extend(MoeTransformer model, KeyValueCache cache, long[][] rows)
    {
        var length = rows.Max(row => row.Length);
        var ids = torch.tensor([.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(19L, length - row.Length)))], [rows.Length, length]);
        var last_B = torch.tensor([.. rows.Select((row, b) => ((long)b * length) + row.Length - 1)], [rows.Length]);
        return model.LogitsAt(ids, last_B, cache, [.. rows.Select(row => row.Length)]);
    }

    private static Tensor Last(MoeTransformer model, long[] ids) => model.Forward(Ids(ids)).Logits[ids.Length - 1];

    // Weights large enough for attention to look at single tokens.
    private static MoeTransformer Model(int seed, int kvHeads = 2, int positions = 12) =>
        MoeTransformer.Create(Options with { KvHeads = kvHeads, MaxPositions = positions, InitStandardDeviation = 0.3 }, seed);
}
