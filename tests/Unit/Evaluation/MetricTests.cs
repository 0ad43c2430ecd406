using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class MetricTests
{
    [Fact]
    public void TiesGoToTheLowestIndex() => Metric.ArgMax([-3, -1, -1, -2]).ShouldBe(1);

    [Fact]
    public void AccuracyTakesTheSumAsItIs() => Metric.Predict(Metric.Accuracy, ["a", "bbbb"], [-2, -3]).ShouldBe(0);

    [Fact]
    public void NormalizedAccuracyDividesByLength() => Metric.Predict(Metric.NormalizedAccuracy, ["a", "bbbb"], [-2, -3]).ShouldBe(1);

    [Fact]
    public void LengthIsInCodePoints()
    {
        // Two code points, four UTF-16 units, eight bytes: −3 / 2 loses to −1.4, by units −3 / 4 would win.
        Metric.CodePoints("𝔸𝔹").ShouldBe(2);
        Metric.Predict(Metric.NormalizedAccuracy, ["𝔸𝔹", "x"], [-3, -1.4]).ShouldBe(1);
    }

    [Fact]
    public void AnEmptyChoiceIsNotInfinitelyGood() => Metric.Predict(Metric.NormalizedAccuracy, ["", "x"], [-3, -2]).ShouldBe(1);
}
