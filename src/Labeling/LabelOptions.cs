using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>What becomes of a document whose label is too unsure.</summary>
public enum BelowThreshold
{
    /// <summary>It is kept with its label and its low confidence.</summary>
    Keep,

    /// <summary>It is left out and counted as <c>low_confidence</c>.</summary>
    Drop,
}

/// <summary>How a corpus is labelled, whatever labels it.</summary>
public sealed record LabelOptions
{
    /// <summary>The confidence from which a label is sure enough, 0 … 1.</summary>
    public double Threshold { get; init; }

    /// <summary>What becomes of a document below it.</summary>
    public BelowThreshold Below { get; init; } = BelowThreshold.Keep;

    /// <summary>What the fine column holds.</summary>
    public FineScheme FineScheme { get; init; } = FineScheme.Create("topics49", Taxonomy.BuiltIn);

    /// <exception cref="OptionException">The threshold is out of range.</exception>
    internal void Validate()
    {
        if (Threshold is not (>= 0 and <= 1))
            throw new OptionException("labels.threshold", $"is {Threshold}.", "Set it between 0 and 1.");
    }
}
