namespace ExpertDivergence.Reporting;

/// <summary>Benchmarks, each arm beside chance, the baseline and the yardsticks.</summary>
internal sealed class BenchmarkSection(Experiment experiment)
{
    public IReadOnlyList<string> Tasks { get; } = [.. experiment.Runs.SelectMany(run => run.Tasks).Select(task => task.Score.Task).Distinct()];

    /// <summary>The scores of a benchmark, by arm.</summary>
    public IReadOnlyList<BenchmarkScore> Of(string task) =>
        [.. experiment.Arms.Where(arm => experiment.Of(arm).Any(run => run.Tasks.Any(result => result.Score.Task == task))).Select(arm => BenchmarkScore.Of(experiment, arm, task))];

    /// <summary>Writes <c>tables/benchmarks.csv</c> and <c>tables/benchmark-metrics.csv</c>.</summary>
    public string Write(TableFolder tables)
    {
        tables.Write("benchmark-metrics", ["model", "seed", "task", "metric", "value", "standard_error", "n", "chance"],
            experiment.Runs.SelectMany(run => run.Scores.Select(score => Cells(run.Arm, run.Seed, score)))
                .Concat(experiment.Yardsticks.SelectMany(yardstick => yardstick.Scores.Select(score => Cells(yardstick.Yardstick.Name, null, score)))));
        return tables.Write("benchmarks",
            ["task", "metric", "model", "n", "chance", "score", "standard_error", "seed_sd", "above_chance_in_standard_errors", "difference", "difference_standard_error", "verdict"],
            Tasks.SelectMany(task => Of(task).Select(score => new object?[]
            {
                task, score.Row.Metric, score.Arm, score.Row.N, score.Row.Chance, score.Accuracy.Mean, score.Accuracy.StandardError, score.SeedDeviation,
                score.AboveChance, score.Difference?.Mean, score.Difference?.StandardError, score.Difference is null ? null : Format.Word(score.Verdict),
            }).Concat(Yardsticks(task, Of(task)[0].Row.Metric).Select(y => new object?[]
            {
                task, y.Row.Metric, y.Name, y.Row.N, y.Row.Chance, y.Row.Value, y.Row.StandardError, null, Above(y.Row), null, null, null,
            }))));
    }

    public MarkdownTable Table(string path) => new(
        ["Benchmark", "Model", "n", "Chance", $"{char.ToUpperInvariant(experiment.ScoreName[0])}{experiment.ScoreName[1..]} ± SE", "Above chance (SE)", "Difference ± SE", "Verdict"],
        [
            .. Tasks.SelectMany(task => Of(task).Select(score => (IReadOnlyList<string>)
            [
                $"`{task}` {score.Row.Metric}", score.Arm, Format.Whole(score.Row.N), Format.Percent(score.Row.Chance),
                Value(score.Accuracy.Mean, score.Accuracy.StandardError), Format.Signed(score.AboveChance, 1),
                score.Difference is null ? Format.None : $"{Format.Signed(score.Difference.Mean * 100, 1)} ± {Format.Percent(score.Difference.StandardError)}",
                score.Difference is null ? Format.None : Format.Word(score.Verdict),
            ]).Concat(Yardsticks(task, Of(task)[0].Row.Metric).Select(y => (IReadOnlyList<string>)
            [
                $"`{task}` {y.Row.Metric}", $"{y.Name} (yardstick)", Format.Whole(y.Row.N), Format.Percent(y.Row.Chance),
                Value(y.Row.Value, y.Row.StandardError), Format.Signed(Above(y.Row), 1), Format.None, Format.None,
            ]))),
        ],
        Sources.Line(path, "items.jsonl` and `scores.csv", "Evaluate") + "; every metric, subject and seed in [`tables/benchmark-metrics.csv`](tables/benchmark-metrics.csv)");

    private static string Value(double mean, double standardError) => $"{Format.Percent(mean)} ± {Format.Percent(standardError)}";

    private static double Above(ScoreRow row) => (row.Value - row.Chance) / row.StandardError;

    private IEnumerable<(string Name, ScoreRow Row)> Yardsticks(string task, string metric) => experiment.Yardsticks
        .SelectMany(yardstick => yardstick.Scores.Where(row => row.Task == task && row.Metric == metric).Select(row => (yardstick.Yardstick.Name, row)));

    private static object?[] Cells(string model, long? seed, ScoreRow score) =>
        [model, seed, score.Task, score.Metric, score.Value, score.StandardError, score.N, score.Chance];
}
