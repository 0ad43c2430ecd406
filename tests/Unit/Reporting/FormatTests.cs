using ExpertDivergence.Analysis;
using ExpertDivergence.Reporting;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Reporting;

public class FormatTests
{
    [Theory]
    [InlineData(0.12345, "+0.123")]
    [InlineData(-0.12345, "−0.123")]
    [InlineData(-0.0001, "0.000")]
    [InlineData(0.0001, "0.000")]
    [InlineData(10.0, "+10.000")]
    [InlineData(double.NaN, "–")]
    public void Signs_are_shown_but_never_of_zero(double value, string text) => Format.Signed(value, 3).ShouldBe(text);

    [Fact]
    public void An_interval_stands_behind_its_mean() =>
        Format.Interval(Estimate.Of([1.0, 2.0, 3.0]), 2).ShouldBe("+2.00 [−0.48, +4.48]");

    [Fact]
    public void One_value_has_no_spread_and_no_interval()
    {
        Format.Spread(Estimate.Of([1.5]), 2).ShouldBe("1.50");
        Format.Interval(Estimate.Of([1.5]), 2).ShouldBe("+1.50");
    }

    [Theory]
    [InlineData(new[] { "a" }, "a")]
    [InlineData(new[] { "a", "b", "c" }, "a, b and c")]
    public void Lists_read_as_a_sentence(string[] words, string text) => Format.List(words).ShouldBe(text);
}
