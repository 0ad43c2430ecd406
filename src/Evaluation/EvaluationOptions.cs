using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>How benchmarks and held-out loss are run.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Solved examples put before each question: the first rows of the dev (MMLU, C-Eval) or train split (ARC, GSM8K).</summary>
    public int FewShot { get; init; }

    /// <summary>Items taken from the start of each subset; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Tokens in one batch, padding included; a context that the choices of an item share counts once. Bounds memory, changes no result but by rounding.</summary>
    public int BatchTokens { get; init; } = 4096;

    /// <summary>Tokens generated at most for one item of a generation task.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Held-out sequences taken from the start of each fine domain; null for all.</summary>
    public int? HeldOutPerDomain { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="OptionException">One is out of its range.</exception>
    public EvaluationOptions Validated()
    {
        if (FewShot < 0)
            throw new OptionException("evaluation.few_shot", $"{FewShot} is negative", "Give 0 or the number of examples.");
        Positive("evaluation.limit", Limit);
        Positive("evaluation.batch_tokens", BatchTokens);
        Positive("evaluation.max_new_tokens", MaxNewTokens);
        Positive("evaluation.held_out_per_domain", HeldOutPerDomain);
        return this;
    }

    private static void Positive(string option, int? value)
    {
        if (value is <= 0)
            throw new OptionException(option, $"{value} is not positive", "Give 1 or more.");
    }
}
