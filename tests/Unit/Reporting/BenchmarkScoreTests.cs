using ExpertDivergence.Analysis;
using ExpertDivergence.Core;
using ExpertDivergence.Reporting;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Reporting;

public class BenchmarkScoreTests
{
    [Fact]
    public void Items_are_pooled_over_seeds_and_paired_over_arms()
    {
        using var results = new SyntheticResults();
        // By hand: 4 items, two seeds. The baseline's items are right in (1, ½, 0, 0) of the seeds, the arm's in (1, 1, ½, 0).
        Items(results, "baseline", 1, [true, true, false, false]);
        Items(results, "baseline", 2, [true, false, false, false]);
        Items(results, "edl-3", 1, [true, true, true, false]);
        Items(results, "edl-3", 2, [true, true, false, false]);
        var experiment = Experiment.Read(
            results.Input with { Runs = [.. results.Runs.Where(run => run.Arm != "edl-49")] }, SilentProgress.Instance, TestContext.Current.CancellationToken);

        var score = BenchmarkScore.Of(experiment, "edl-3", "arc_easy");
        score.Accuracy.Mean.ShouldBe(0.625, 1e-12);
        score.Accuracy.StandardError.ShouldBe(Math.Sqrt((0.375 * 0.375 * 2 + 0.125 * 0.125 + 0.625 * 0.625) / 3 / 4), 1e-12);
        score.AboveChance.ShouldBe(0.375 / score.Accuracy.StandardError, 1e-12);
        score.Difference!.Mean.ShouldBe(0.25, 1e-12);
        score.Difference.StandardError.ShouldBe(Math.Sqrt(4 * 0.0625 / 3 / 4), 1e-12);
        score.SeedDeviation.ShouldBe(Math.Sqrt(2) * 0.125, 1e-12);
        score.Difference.Judge(lowerIsBetter: false).ShouldBe(Verdict.Inconclusive);
    }

    [Fact]
    public void Items_that_end_early_are_an_error()
    {
        using var results = new SyntheticResults();
        Items(results, "baseline", 1, [true]);
        var path = Path.Combine(results.Runs[0].Evaluate, "scores.csv");
        File.WriteAllText(path, File.ReadAllText(path).Replace(",1,0.25", ",2,0.25"));
        Should.Throw<InputException>(() => Experiment.Read(results.Input, SilentProgress.Instance, TestContext.Current.CancellationToken))
            .Message.ShouldEndWith("ends before the 2 items of 'arc_easy'");
    }

    private static void Items(SyntheticResults results, string arm, int seed, bool[] right)
    {
        var folder = results.Runs.First(run => run.Arm == arm && run.Seed == seed).Evaluate;
        File.WriteAllText(Path.Combine(folder, "scores.csv"), FormattableString.Invariant(
            $"task,metric,value,standard_error,n,chance\narc_easy,acc,{right.Count(r => r) / (double)right.Length},0,{right.Length},0.25\narc_easy,acc_norm,0,0,{right.Length},0.25\n"));
        File.WriteAllLines(Path.Combine(folder, "items.jsonl"), right.Select((r, at) =>
            $$"""{"task":"arc_easy","id":"{{at}}","gold":1,"prediction":{{(r ? 1 : 2)}},"log_likelihoods":[-1,-2]}"""));
    }
}
