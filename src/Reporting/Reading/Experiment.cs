using ExpertDivergence.Analysis;
using ExpertDivergence.Core;

namespace ExpertDivergence.Reporting;

/// <summary>All results of a report, with the comparison that every section makes: arm against baseline, paired by seed.</summary>
internal sealed class Experiment
{
    private Experiment(ReportInput input, IReadOnlyList<RunResult> runs, IReadOnlyList<YardstickResult> yardsticks)
    {
        (Input, Runs, Yardsticks) = (input, runs, yardsticks);
        Arms = [input.Baseline, .. runs.Select(run => run.Arm).Distinct().Where(arm => arm != input.Baseline)];
        Seeds = [.. runs.Select(run => run.Seed).Distinct().Order()];
    }

    public ReportInput Input { get; }

    public IReadOnlyList<RunResult> Runs { get; }

    public IReadOnlyList<YardstickResult> Yardsticks { get; }

    /// <summary>The arms, the baseline first.</summary>
    public IReadOnlyList<string> Arms { get; }

    public IReadOnlyList<long> Seeds { get; }

    public string Baseline => Input.Baseline;

    public IEnumerable<string> Others => Arms.Skip(1);

    /// <summary>What scores on the benchmark files are called.</summary>
    public string ScoreName => Input.CorpusIsSynthetic ? "micro-world score" : "score";

    public static Experiment Read(ReportInput input, IProgressListener progress, CancellationToken cancellation)
    {
        var runs = new List<RunResult>();
        foreach (var folders in input.Validated().Runs)
        {
            cancellation.ThrowIfCancellationRequested();
            runs.Add(RunReader.Read(folders));
            progress.Report(new ProgressUpdate("Report", runs.Count, input.Runs.Count, "runs"));
        }

        return new Experiment(input, runs, [.. input.Yardsticks.Select(RunReader.Read)]);
    }

    public IReadOnlyList<RunResult> Of(string arm) => [.. Runs.Where(run => run.Arm == arm).OrderBy(run => run.Seed)];

    /// <summary>A quantity's mean over an arm's seeds, and its difference to the baseline over the seeds that both have.</summary>
    public Comparison Compare(string arm, Func<RunResult, double> quantity)
    {
        var own = Of(arm).ToDictionary(run => run.Seed, quantity);
        var baseline = Of(Baseline).ToDictionary(run => run.Seed, quantity);
        var shared = own.Keys.Where(baseline.ContainsKey).ToArray();
        var pairs = arm == Baseline || shared.Length == 0
            ? null
            : shared.Select(seed => own[seed] - baseline[seed]).ToArray();
        return new Comparison(Estimate.Of([.. own.Values]), pairs is null ? null : Estimate.Of(pairs), pairs ?? []);
    }
}

/// <summary>A quantity of an arm over its seeds.</summary>
/// <param name="Value">Mean and spread over seeds.</param>
/// <param name="Difference">To the baseline, paired by seed; null for the baseline itself and where no seed is shared.</param>
/// <param name="Pairs">The differences of the single seeds.</param>
internal sealed record Comparison(Estimate Value, Estimate? Difference, IReadOnlyList<double> Pairs);
