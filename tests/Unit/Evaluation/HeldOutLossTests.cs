using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class HeldOutLossTests
{
    private static readonly CharCodec s_codec = new();

    [Fact]
    public void SumsByDomainAndCountsBytesOfPredictedTokens()
    {
        var rows = Measure([Sequence("xabc", "en", "en/a"), Sequence("x水火", "zh", "zh/b"), Sequence("xde\0", "en", "en/c")]);
        rows.Select(r => (r.Scheme, r.Domain, r.Sequences, r.Tokens, r.Bytes, r.NegativeLogLikelihood)).ShouldBe(
        [
            ("overall", "all", 3, 8, 11, 16.0),
            ("domain3", "en", 2, 6, 5, 12.0), ("domain3", "zh", 1, 2, 6, 4.0),
            ("domain49", "en/a", 1, 3, 3, 6.0), ("domain49", "zh/b", 1, 2, 6, 4.0), ("domain49", "en/c", 1, 3, 2, 6.0),
        ]);
    }

    [Fact]
    public void TokensOfASequenceCountForTheirOwnDomains()
    {
        // x starts the sequence and is not predicted; en/a comes back behind zh/b.
        var mixed = Sequence("xab水cd", "en", "en/a") with
        {
            Runs = [new(0, 3, "en", "en/a"), new(3, 4, "zh", "zh/b"), new(4, 6, "en", "en/a")],
        };
        var rows = Measure([mixed], model: new FakeModel(text => -(double)text[0]));
        rows.Select(r => (r.Scheme, r.Domain, r.Sequences, r.Tokens, r.Bytes)).ShouldBe(
        [
            ("overall", "all", 1, 5, 7), ("domain3", "en", 1, 4, 4), ("domain3", "zh", 1, 1, 3), ("domain49", "en/a", 1, 4, 4), ("domain49", "zh/b", 1, 1, 3),
        ]);
        rows.Select(r => r.NegativeLogLikelihood).ShouldBe([.. (double[])['a' + 'b' + '水' + 'c' + 'd', 'a' + 'b' + 'c' + 'd', '水', 'a' + 'b' + 'c' + 'd', '水']]);
    }

    [Fact]
    public void WhatAShortModelDoesNotReadCountsForNoDomain()
    {
        var mixed = Sequence("xabcd", "en", "en/a") with { Runs = [new(0, 3, "en", "en/a"), new(3, 5, "math", "math")] };
        var rows = Measure([mixed], model: new FakeModel(text => -(double)text[0], maximumLength: 1));
        rows.Select(r => (r.Domain, r.Tokens, r.NegativeLogLikelihood)).ShouldBe([("all", 1, 'd'), ("math", 1, 'd'), ("math", 1, 'd')]);
    }

    [Fact]
    public void BitsPerByteOfAUniformByteModelIsEight() =>
        new HeldOutRow("overall", "all", 1, 10, 10, 10 * Math.Log(256)).BitsPerByte.ShouldBe(8, 1e-12);

    [Fact]
    public void TheLimitHoldsForEachFineDomain() => Measure(
        [Sequence("ab", "en", "en/a"), Sequence("ab", "en", "en/a"), Sequence("ab", "en", "en/b")], new EvaluationOptions { HeldOutPerDomain = 1 })[0].Sequences.ShouldBe(2);

    [Fact]
    public void WhatPredictsNothingIsLeftOut() => Measure([Sequence("a", "en", "en/a"), Sequence("ab", "en", "en/a")])[0].Sequences.ShouldBe(1);

    [Fact]
    public void TheFileFollowsTheContract()
    {
        using var folder = new BenchmarkFolder();
        ResultFiles.WriteHeldOut(folder.Path, [new HeldOutRow("overall", "all", 2, 30, 101, 45.25)]);
        File.ReadAllText(Path.Combine(folder.Path, "heldout.csv")).ShouldBe("scheme,domain,sequences,tokens,bytes,nll\noverall,all,2,30,101,45.25\n");
    }

    private static HeldOutSequence Sequence(string text, string domain3, string domain49) => new(s_codec.Encode(text), domain3, domain49);

    private static IReadOnlyList<HeldOutRow> Measure(IEnumerable<HeldOutSequence> sequences, EvaluationOptions? options = null, FakeModel? model = null) => HeldOutLoss.Measure(
        model ?? new FakeModel(text => -2 * text.Length), s_codec, sequences, options ?? new EvaluationOptions(), SilentProgress.Instance, TestContext.Current.CancellationToken);
}
