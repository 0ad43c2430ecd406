using ExpertDivergence.Analysis;

namespace ExpertDivergence.Reporting;

/// <summary>What was trained: one row an arm.</summary>
internal sealed class TrainingSection(Experiment experiment)
{
    public MarkdownTable Table(TableFolder tables)
    {
        var auxiliary = experiment.Runs.SelectMany(run => run.Curve[^1].Auxiliary.Keys).Distinct().ToArray();
        var path = tables.Write(
            "training",
            ["arm", "seed", "losses", "steps", "tokens", "parameters_total", "parameters_active", "final_lm_loss", .. auxiliary.Select(name => "final_" + name), "tokens_per_second"],
            experiment.Runs.Select(run => new object?[]
            {
                run.Arm, run.Seed, run.Training.Losses, run.Training.Steps, run.Training.Tokens, run.Training.TotalParameters, run.Training.ActiveParameters, Final(run, row => row.LmLoss),
            }.Concat(auxiliary.Select(name => (object?)Last(run, name))).Append(run.Training.TokensPerSecond).ToArray()));
        var rows = experiment.Arms.Select(arm =>
        {
            var runs = experiment.Of(arm);
            return (IReadOnlyList<string>)
            [
                arm, runs[0].Training.Losses, Format.List([.. runs.Select(run => run.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture))]),
                Format.Whole(runs[0].Training.Steps), Format.Whole(runs[0].Training.Tokens),
                Spread(runs, run => Final(run, row => row.LmLoss)), .. auxiliary.Select(name => Spread(runs, run => Last(run, name))),
                runs.All(run => run.Training.TokensPerSecond is not null) ? Format.Whole((long)runs.Average(run => run.Training.TokensPerSecond!.Value)) : Format.None,
            ];
        });
        return new MarkdownTable(
            ["Arm", "Auxiliary losses × coefficient", "Seeds", "Steps", "Tokens a run", "Language-model loss", .. auxiliary, "Tokens/s"],
            [.. rows],
            Sources.Line(path, "training.json", "Pretrain") + "; losses are means over the last tenth of the logged steps (`metrics.csv`; the language model's in nats per token, auxiliary losses unscaled, mean over layers), tokens/s the median step's (`timing.csv`)");
    }

    /// <summary>The sizes in one sentence.</summary>
    public string Model()
    {
        var training = experiment.Runs[0].Training;
        return $"A Mixture-of-Experts transformer (Qwen3-MoE): {training.Shape}. It has {Format.Whole(training.TotalParameters)} parameters, of which {Format.Whole(training.ActiveParameters)} are active for a token.";
    }

    /// <summary>Whether the pairing by seed holds: the same sequences in the same order for every arm of a seed.</summary>
    public string Order()
    {
        var broken = experiment.Seeds
            .Where(seed => experiment.Runs.Where(run => run.Seed == seed).Select(run => run.Training.OrderSha256).Distinct().Count() > 1).ToList();
        return broken.Count == 0
            ? "For each seed every arm began with the same weights and saw the same sequences in the same order (`order_sha256` in `training.json` agrees), so arms are compared seed by seed."
            : $"**Warning:** for seed {string.Join(", ", broken)} the arms did not see the same sequences in the same order (`order_sha256` in `training.json` differs), so the differences between arms below also hold that of the data.";
    }

    private static double Last(RunResult run, string loss) => Final(run, row => row.Auxiliary.GetValueOrDefault(loss, double.NaN));

    /// <summary>The mean over the last tenth of the logged steps: a single step's batch is too noisy.</summary>
    private static double Final(RunResult run, Func<MetricRow, double> value) => run.Curve.TakeLast(Math.Max(1, run.Curve.Count / 10)).Average(value);

    private static string Spread(IEnumerable<RunResult> runs, Func<RunResult, double> value) =>
        runs.Select(value).Where(double.IsFinite).ToArray() is { Length: > 0 } values ? Format.Spread(Estimate.Of(values)) : Format.None;
}
