namespace ExpertDivergence.Evaluation;

/// <summary>What an evaluation reads and where it writes.</summary>
public sealed record EvaluationRequest
{
    /// <summary>Folder of the stage Pack: its held-out sequences are scored, its training sequences feed the n-grams.</summary>
    public required string PackedFolder { get; init; }

    /// <summary>Folder that the three files are written to; it exists afterwards.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Folder of the benchmarks in their official layouts; may be null where no task is asked for.</summary>
    public string? BenchmarksFolder { get; init; }

    /// <summary>Names of benchmark tasks, see <see cref="BenchmarkRegistry"/>; may be empty.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>Few-shot examples, limits, batch size.</summary>
    public EvaluationOptions Options { get; init; } = new();
}

/// <summary>What an evaluation found, as it stands in its files.</summary>
/// <param name="Scores">The rows of <c>scores.csv</c>.</param>
/// <param name="HeldOut">The rows of <c>heldout.csv</c>.</param>
public sealed record EvaluationSummary(IReadOnlyList<TaskScore> Scores, IReadOnlyList<HeldOutRow> HeldOut);
