using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training;

public sealed class LearningRateScheduleTests
{
    private static TrainingOptions Options(ScheduleKind kind) => new()
    {
        Steps = 101, WarmupSteps = 10, LearningRate = 1.0, MinLearningRate = 0.2, Schedule = kind,
    };

    [Theory]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.Linear)]
    [InlineData(ScheduleKind.Constant)]
    public void It_rises_evenly_to_the_peak(ScheduleKind kind)
    {
        var schedule = new LearningRateSchedule(Options(kind));
        for (var step = 0; step <= 10; step++)
            schedule.At(step).ShouldBe((step + 1) / 11.0, 1e-12);
    }

    [Theory]
    [InlineData(ScheduleKind.Cosine, 0.6, 0.2)]
    [InlineData(ScheduleKind.Linear, 0.6, 0.2)]
    [InlineData(ScheduleKind.Constant, 1.0, 1.0)]
    public void It_falls_to_the_minimum_with_the_last_step(ScheduleKind kind, double middle, double last)
    {
        var schedule = new LearningRateSchedule(Options(kind));
        schedule.At(55).ShouldBe(middle, 1e-12);
        schedule.At(100).ShouldBe(last, 1e-12);
    }

    [Fact]
    public void Cosine_falls_slower_than_a_line_at_first() =>
        new LearningRateSchedule(Options(ScheduleKind.Cosine)).At(30).ShouldBeGreaterThan(new LearningRateSchedule(Options(ScheduleKind.Linear)).At(30));

    [Theory]
    [InlineData(DecayForm.Linear, 0.6)]
    [InlineData(DecayForm.Cosine, 0.6)]
    [InlineData(DecayForm.Sqrt, 0.43431457505076194)] // 0.2 + 0.8 * (1 - sqrt(1/2))
    public void Warm_up_stable_decay_stays_at_the_peak_and_falls_at_the_end(DecayForm form, double middle)
    {
        var schedule = new LearningRateSchedule(Options(ScheduleKind.Wsd) with { Steps = 100, DecayShare = 0.2, DecayForm = form });
        for (var step = 10; step < 80; step++)
            schedule.At(step).ShouldBe(1.0);
        schedule.At(80).ShouldBeLessThan(1.0);
        schedule.At(89).ShouldBe(middle, 1e-12);
        schedule.At(99).ShouldBe(0.2, 1e-12);
    }

    [Fact]
    public void A_run_that_decays_later_is_the_same_up_to_there()
    {
        var (shorter, longer) = (Options(ScheduleKind.Wsd) with { Steps = 100 }, Options(ScheduleKind.Wsd) with { Steps = 200 });
        for (var step = 0; step < 80; step++)
            new LearningRateSchedule(shorter).At(step).ShouldBe(new LearningRateSchedule(longer).At(step));
    }

    [Fact]
    public void A_single_step_has_the_peak() =>
        new LearningRateSchedule(new TrainingOptions { Steps = 1, WarmupSteps = 0, LearningRate = 0.5 }).At(0).ShouldBe(0.5);
}
