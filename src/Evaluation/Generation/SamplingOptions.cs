using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>How text is sampled.</summary>
public sealed record SamplingOptions
{
    /// <summary>Tokens generated at most.</summary>
    public int MaxNewTokens { get; init; } = 100;

    /// <summary>Logits are divided by it; 0 takes the most probable token each time.</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Only that many most probable tokens are drawn from; null for all.</summary>
    public int? TopK { get; init; }

    /// <summary>Only the fewest most probable tokens that together reach this probability are drawn from; 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Seed of the random stream.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Checks every value.</summary>
    /// <exception cref="OptionException">One is out of its range.</exception>
    public SamplingOptions Validated()
    {
        if (MaxNewTokens <= 0)
            throw new OptionException("generate.max_new_tokens", $"{MaxNewTokens} is not positive", "Give 1 or more.");
        if (!(Temperature >= 0 && double.IsFinite(Temperature)))
            throw new OptionException("generate.temperature", FormattableString.Invariant($"{Temperature} is out of range"), "Give 0 (greedy) or more.");
        if (TopK is <= 0)
            throw new OptionException("generate.top_k", $"{TopK} is not positive", "Give 1 or more, or leave it out.");
        if (!(TopP > 0 && TopP <= 1))
            throw new OptionException("generate.top_p", FormattableString.Invariant($"{TopP} is out of range"), "Give more than 0 and at most 1.");
        return this;
    }
}
