using ExpertDivergence.Analysis;
using ExpertDivergence.Core;

namespace ExpertDivergence.Reporting;

/// <summary>What the stages found for one arm and seed.</summary>
internal sealed record RunResult(
    RunFolders Folders,
    TrainingFacts Training,
    IReadOnlyList<MetricRow> Curve,
    IReadOnlyList<HeldOutRow> HeldOut,
    IReadOnlyList<TaskResult> Tasks,
    IReadOnlyList<ScoreRow> Scores,
    IReadOnlyList<RoutingStatistics> Routing,
    IReadOnlyList<ExpertActivation> Activations)
{
    public string Arm => Folders.Arm;

    public long Seed => Folders.Seed;

    public HeldOutRow HeldOutOf(string scheme, string domain) => HeldOut.FirstOrDefault(row => row.Scheme == scheme && row.Domain == domain)
        ?? throw new InputException(Path.Combine(Folders.Evaluate, "heldout.csv"), null, $"has no row for {scheme} '{domain}', which another run has", "Evaluate all runs on one packed set.");

    public RoutingStatistics RoutingOf(string scheme, int layer) => Routing.FirstOrDefault(row => row.Scheme == scheme && row.Layer == layer)
        ?? throw new InputException(Path.Combine(Folders.Analyze, "routing.csv"), null, $"has no row for {scheme}, layer {layer}, which another run has", "Compare runs of one model shape and packed set.");
}

/// <summary><c>training.json</c>.</summary>
internal sealed record TrainingFacts(
    long Steps, long Tokens, long TotalParameters, long ActiveParameters, string OrderSha256, string Losses, string Shape, double? TokensPerSecond);

/// <summary>A row of <c>metrics.csv</c>: the language model's loss and each auxiliary loss as mean over layers.</summary>
internal sealed record MetricRow(long Step, long Tokens, double LmLoss, IReadOnlyDictionary<string, double> Auxiliary);

/// <summary>A row of <c>heldout.csv</c>; <see cref="Nll"/> is a sum in nats.</summary>
internal sealed record HeldOutRow(string Scheme, string Domain, long Sequences, long Tokens, long Bytes, double Nll)
{
    public double NatsPerToken => Nll / Tokens;

    public double BitsPerByte => Nll / (Bytes * Math.Log(2));
}

/// <summary>A row of <c>scores.csv</c>.</summary>
internal sealed record ScoreRow(string Task, string Metric, double Value, double StandardError, long N, double Chance);

/// <summary>A benchmark with its items: <see cref="Score"/> is the metric that the items decide, <see cref="Correct"/> maps item to right or wrong.</summary>
internal sealed record TaskResult(ScoreRow Score, IReadOnlyDictionary<string, bool> Correct);

/// <summary>A yardstick's files.</summary>
internal sealed record YardstickResult(Yardstick Yardstick, IReadOnlyList<HeldOutRow> HeldOut, IReadOnlyList<ScoreRow> Scores);
