using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class StatisticsTests
{
    [Fact]
    public void StandardErrorUsesTheSampleDeviation()
    {
        // 3 of 4 right: s² = (3 · 1/16 + 9/16) / 3 = 1/4, so the error is √(1/4 / 4) = 1/4.
        var estimate = Statistics.Mean([1, 1, 0, 1]);
        estimate.Value.ShouldBe(0.75);
        estimate.StandardError.ShouldBe(0.25, 1e-15);
        estimate.Count.ShouldBe(4);
    }

    [Fact]
    public void OneObservationHasNoStandardError() => Statistics.Mean([1.0]).StandardError.ShouldBe(double.NaN);

    [Fact]
    public void NoObservationsAreRefused() => Should.Throw<ArgumentException>(() => Statistics.Mean([]));

    [Fact]
    public void GroupsAreWeightedBySize()
    {
        var pooled = Statistics.Pooled([new(0.5, 0.1, 10), new(0.8, 0.2, 30)]);
        pooled.Value.ShouldBe(29.0 / 40, 1e-15);
        pooled.Count.ShouldBe(40);

        // √( (9 · 0.01 · 10 + 29 · 0.04 · 30) / 38 / 40 )
        pooled.StandardError.ShouldBe(Math.Sqrt((0.9 + 34.8) / 38 / 40), 1e-15);
    }

    [Fact]
    public void SingleObservationsInAGroupBringNoVariance() =>
        Statistics.Pooled([Statistics.Mean([1.0]), Statistics.Mean([1, 0, 1])]).StandardError.ShouldBe(Math.Sqrt(2 * (1.0 / 3) / 2 / 4), 1e-15);
}
