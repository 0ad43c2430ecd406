using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class SpikeDetectorTests
{
    [Fact]
    public void A_loss_far_above_the_recent_ones_is_a_spike()
    {
        var detector = Warm(factor: 8);
        var band = detector.Observe(5.0).ShouldNotBeNull();
        band.Median.ShouldBe(3.0, 0.02);
        band.Limit.ShouldBeInRange(3.0, 4.0);
    }

    [Theory]
    [InlineData(3.15)] // within the band
    [InlineData(0.1)] // below
    public void What_is_not_far_above_is_none(double loss) => Warm(factor: 8).Observe(loss).ShouldBeNull();

    [Fact]
    public void Factor_0_reports_none() => Warm(factor: 0).Observe(1e9).ShouldBeNull();

    [Fact]
    public void A_spike_does_not_widen_the_band_for_the_next_one()
    {
        var detector = Warm(factor: 8);
        var first = detector.Observe(50.0)!.Value;
        detector.Observe(50.0)!.Value.Limit.ShouldBe(first.Limit, 0.1);
    }

    [Fact]
    public void The_first_steps_have_no_past()
    {
        var detector = new SpikeDetector(8);
        for (var step = 0; step < 16; step++)
            detector.Observe(step == 15 ? 1e6 : 3.0).ShouldBeNull();
        detector.Observe(1e6).ShouldNotBeNull();
    }

    [Fact]
    public void A_loss_that_stands_still_has_a_band_too()
    {
        var detector = new SpikeDetector(8);
        for (var step = 0; step < 20; step++)
            detector.Observe(2.0);
        detector.Observe(2.01).ShouldBeNull();
        detector.Observe(2.02).ShouldNotBeNull();
    }

    [Fact]
    public void A_lasting_change_is_the_new_normal()
    {
        var detector = Warm(factor: 8);
        Enumerable.Range(0, 64).Count(_ => detector.Observe(5.0) is not null).ShouldBeInRange(20, 40);
        detector.Observe(5.0).ShouldBeNull();
    }

    [Fact]
    public void It_goes_on_from_the_recent_losses()
    {
        var (whole, resumed) = (Warm(factor: 8), new SpikeDetector(8));
        resumed.Resume(whole.Recent);
        resumed.Observe(5.0).ShouldBe(whole.Observe(5.0));
    }

    // A noisy loss around 3.
    private static SpikeDetector Warm(double factor)
    {
        var detector = new SpikeDetector(factor);
        for (var step = 0; step < 100; step++)
            detector.Observe(3.0 + (0.05 * Math.Sin(step * 1.7))).ShouldBeNull();
        return detector;
    }
}
