using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>What the generator makes. The same options give the same bytes.</summary>
public sealed record MicroWorldOptions
{
    /// <summary>The seed of the names, the facts, the documents and the items.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>About how many documents the corpus has, all domains together: 45 % English, 40 % Chinese, 15 % mathematics.</summary>
    public int Documents { get; init; } = 6000;

    /// <summary>Word problems in each of GSM8K's two files.</summary>
    public int Problems { get; init; } = 150;

    /// <summary>Checks every value.</summary>
    /// <exception cref="OptionException">One is out of its range.</exception>
    public MicroWorldOptions Validated()
    {
        if (Documents is < 490 or > 10_000_000)
            throw new OptionException("micro_world.documents", $"{Documents} is not in 490 … 10000000", "Give at least ten documents for each of the 49 domains.");
        if (Problems is < 8 or > 2000)
            throw new OptionException("micro_world.problems", $"{Problems} is not in 8 … 2000", "Give between 8 and 2000 problems: small numbers allow no more that differ.");
        return this;
    }
}
