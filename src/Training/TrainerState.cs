namespace ExpertDivergence.Training;

/// <summary>What a trainer folder says of itself in <c>state.json</c>; the moments and, in between, the weights lie beside it.</summary>
public sealed record TrainerState
{
    /// <summary>The layout of the folder that this program reads and writes.</summary>
    public const int CurrentSchema = 2;

    /// <summary>The layout of the folder.</summary>
    public int Schema { get; init; } = CurrentSchema;

    /// <summary>What the run is: a hash of everything that its numbers depend on. Only a run of the same one resumes from here.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Steps done.</summary>
    public required int Step { get; init; }

    /// <summary>Tokens predicted so far, padding left out.</summary>
    public required long Tokens { get; init; }

    /// <summary>SHA-256 of every other file of the folder, by name.</summary>
    public SortedDictionary<string, string> Files { get; init; } = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of the files of the folder around it that belong to it: the weights and metrics of a finished run.</summary>
    public SortedDictionary<string, string> Beside { get; init; } = new(StringComparer.Ordinal);
}
