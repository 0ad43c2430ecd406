using ExpertDivergence.Core;

namespace ExpertDivergence.Analysis;

/// <summary>What to analyse, and where the result goes.</summary>
public sealed record AnalyzeRequest
{
    /// <summary>The checkpoint: what the stage Pretrain wrote.</summary>
    public required string ModelFolder { get; init; }

    /// <summary>What the stage Pack wrote; its held-out sequences are routed.</summary>
    public required string PackFolder { get; init; }

    /// <summary>Gets <c>routing.csv</c> and <c>activation.csv</c>; made if it is not there.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Sequences of one forward pass. Bounds memory, changes no result but by rounding.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Native threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Checks every value.</summary>
    /// <exception cref="OptionException">One is out of its range.</exception>
    public AnalyzeRequest Validated()
    {
        if (BatchSize < 1)
            throw new OptionException("analyze.batch_size", $"{BatchSize} is not positive", "Give 1 or more.");
        if (Threads < 1)
            throw new OptionException("analyze.threads", $"{Threads} is not positive", "Give 1 or more.");
        return this;
    }
}
