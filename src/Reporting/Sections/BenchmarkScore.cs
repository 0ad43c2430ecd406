using ExpertDivergence.Analysis;

namespace ExpertDivergence.Reporting;

/// <summary>One arm on one benchmark, pooled over seeds: an item's value is the share of seeds that answer it right.</summary>
/// <remarks>Standard errors are over items, which are what both arms and all seeds share: the seeds' answers to one item are not
/// independent, so they are averaged before the items are counted.</remarks>
/// <param name="Arm">The arm.</param>
/// <param name="Row">Name, metric, n and chance.</param>
/// <param name="Accuracy">Mean over items.</param>
/// <param name="Difference">To the baseline, item by item; null for the baseline itself.</param>
/// <param name="SeedDeviation">Standard deviation over seeds of the seeds' own accuracies.</param>
/// <param name="SeedsAgree">Whether the difference has one sign in every seed that both arms have.</param>
internal sealed record BenchmarkScore(string Arm, ScoreRow Row, Estimate Accuracy, Estimate? Difference, double SeedDeviation, bool SeedsAgree)
{
    /// <summary>Better or worse where the interval over items leaves out 0 and no seed says otherwise.</summary>
    public Verdict Verdict => Difference is { } difference && SeedsAgree ? difference.Judge(lowerIsBetter: false) : Verdict.Inconclusive;

    /// <summary>How many standard errors the accuracy lies above chance.</summary>
    public double AboveChance => (Accuracy.Mean - Row.Chance) / Accuracy.StandardError;

    public static BenchmarkScore Of(Experiment experiment, string arm, string task)
    {
        var own = Results(experiment, arm, task);
        var baseline = Results(experiment, experiment.Baseline, task);
        var difference = arm == experiment.Baseline || baseline.Count == 0 ? null : Paired(own, baseline);
        var signs = experiment.Compare(arm, run => run.Tasks.FirstOrDefault(result => result.Score.Task == task) is { } result ? ShareRight(result) : double.NaN)
            .Pairs.Where(double.IsFinite).Select(Math.Sign).Distinct().ToArray();
        return new BenchmarkScore(
            arm,
            own[0].Score,
            Estimate.Of([.. own[0].Correct.Keys.Select(item => Share(own, item))]),
            difference,
            Estimate.Of([.. own.Select(ShareRight)]).StandardDeviation,
            signs is [not 0]);
    }

    private static Estimate? Paired(IReadOnlyList<TaskResult> own, IReadOnlyList<TaskResult> baseline)
    {
        var items = own[0].Correct.Keys.Where(baseline[0].Correct.ContainsKey).ToArray();
        return items.Length == 0 ? null : Estimate.OfPairs([.. items.Select(item => Share(own, item))], [.. items.Select(item => Share(baseline, item))]);
    }

    private static double ShareRight(TaskResult result) => result.Correct.Values.Average(right => right ? 1.0 : 0.0);

    private static double Share(IReadOnlyList<TaskResult> seeds, string item) => seeds.Average(result => result.Correct.GetValueOrDefault(item) ? 1.0 : 0.0);

    private static IReadOnlyList<TaskResult> Results(Experiment experiment, string arm, string task) =>
        [.. experiment.Of(arm).SelectMany(run => run.Tasks.Where(result => result.Score.Task == task))];
}
