using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class Gsm8kTests
{
    [Theory]
    [InlineData("so 3\n#### 18", "18")]
    [InlineData("#### -1,234.5 and #### 7", "-1,234.5")]
    [InlineData("#### $18", "[invalid]")]
    [InlineData("####18", "[invalid]")]
    [InlineData("eighteen", "[invalid]")]
    public void StrictTakesTheFirstMarkedNumber(string answer, string expected) => Gsm8k.Strict(answer).ShouldBe(expected);

    [Theory]
    [InlineData("first 12, then 18", "18")]
    [InlineData("costs $1,250.50 today", "$1,250.50")]
    [InlineData("7 apples", "7")]
    [InlineData("it is -5", "-5")]
    [InlineData("it is 18... well", "18...")]
    [InlineData("it is 18 ... well", "...")]
    [InlineData("none.", "[invalid]")]
    public void FlexibleTakesTheLastNumber(string answer, string expected) => Gsm8k.Flexible(answer).ShouldBe(expected);

    [Theory]
    [InlineData("$1,250.", "1250")]
    [InlineData("We add.\nThen:\n#### 18", "18")]
    [InlineData("3.50", "3.50")]
    [InlineData("[INVALID]", "[invalid]")]
    public void NormalizedDropsWhatIsIgnored(string answer, string expected) => Gsm8k.Normalized(answer).ShouldBe(expected);

    [Theory]
    [InlineData("2+2\n#### 4", 1, 1)]
    [InlineData("The answer is 4.", 0, 1)]
    [InlineData("#### 4\nor 5", 1, 0)]
    [InlineData("four", 0, 0)]
    public void StrictAndFlexibleAreGradedApart(string answer, double strict, double flexible) =>
        new Gsm8k().Grade(new GenerationItem("0", "", "two and two\n#### 4"), answer).Values.ShouldBe([strict, flexible]);

    [Fact]
    public void ThousandsSeparatorsDoNotMatter() =>
        new Gsm8k().Grade(new GenerationItem("0", "", "#### 1,000"), "#### 1000").ShouldBe(new GenerationGrade("1000", "1000", [1, 1]), new GradeComparer());

    private sealed class GradeComparer : IEqualityComparer<GenerationGrade>
    {
        public bool Equals(GenerationGrade? x, GenerationGrade? y) => x!.Gold == y!.Gold && x.Prediction == y.Prediction && x.Values.SequenceEqual(y.Values);

        public int GetHashCode(GenerationGrade obj) => 0;
    }
}
