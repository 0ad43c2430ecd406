using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class ContinuationEncoderTests
{
    private static readonly CharCodec s_codec = new();

    [Fact]
    public void ContinuationBeginsAfterTheContext() => Continuation("ab", " c").ShouldBe(("ab c", " c"));

    [Fact]
    public void TrailingSpacesMoveToTheContinuation() => Continuation("ab \n", "c").ShouldBe(("ab \nc", " \nc"));

    [Fact]
    public void EmptyContextBecomesEndOfText() => Continuation("", "xy").ShouldBe(("\0xy", "xy"));

    [Fact]
    public void TooLongIsCutFromTheLeft()
    {
        var fitted = ContinuationEncoder.Fit(new ContinuationRequest([1, 2, 3, 4, 5, 6], 4), 3);
        fitted.Tokens.ShouldBe([3, 4, 5, 6]);
        fitted.Start.ShouldBe(2);
    }

    [Fact]
    public void ExactlyFullStaysWhole()
    {
        var request = new ContinuationRequest([1, 2, 3, 4], 1);
        ContinuationEncoder.Fit(request, 3).ShouldBeSameAs(request);
    }

    [Fact]
    public void ContinuationLongerThanTheModelKeepsItsEnd() => ContinuationEncoder.Fit(new ContinuationRequest([1, 2, 3, 4, 5], 1), 2).Start.ShouldBe(1);

    [Fact]
    public void MergeAcrossTheBorderStillScoresTheLastToken()
    {
        var request = ContinuationEncoder.Encode(new MergingCodec(), "ab", "c");
        request.Tokens.ShouldBe([0, 7]);
        request.Start.ShouldBe(1);
    }

    private static (string Whole, string Continuation) Continuation(string context, string continuation)
    {
        var request = ContinuationEncoder.Encode(s_codec, context, continuation);
        return (s_codec.Decode(request.Tokens), s_codec.Decode(request.Tokens[request.Start..]));
    }

    private sealed class MergingCodec : ITextCodec
    {
        public int EndOfTextId => 0;

        public int[] Encode(string text) => [7];

        public string Decode(IReadOnlyList<int> ids) => "";

        public int ByteCount(int id) => 1;
    }
}
