using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>Which n-grams of a text are counted, and into how many buckets they are hashed.</summary>
public sealed record FeatureOptions
{
    /// <summary>Buckets = 2^bits.</summary>
    public int BucketBits { get; init; } = 20;

    /// <summary>Whether pairs of neighbouring words count beside single words.</summary>
    public bool WordPairs { get; init; } = true;

    /// <summary>Letters of a word's beginning that count as a feature of their own, for longer words: a cheap stem. 0: none.</summary>
    public int PrefixLetters { get; init; } = 5;

    /// <summary>The longest n-gram of Han characters: 1 … 3.</summary>
    public int HanGrams { get; init; } = 3;

    /// <summary>Characters of a document that are read; the rest does not count.</summary>
    public int MaxCharacters { get; init; } = 16_384;

    /// <exception cref="OptionException">An option is out of range.</exception>
    internal void Validate()
    {
        if (BucketBits is < 8 or > 22)
            throw new OptionException("labeller.bucket_bits", $"is {BucketBits}.", "Set it between 8 and 22.");
        if (PrefixLetters is < 0 or > 16)
            throw new OptionException("labeller.prefix_letters", $"is {PrefixLetters}.", "Set it between 0 and 16.");
        if (HanGrams is < 1 or > 3)
            throw new OptionException("labeller.han_grams", $"is {HanGrams}.", "Set it between 1 and 3.");
        if (MaxCharacters < 256)
            throw new OptionException("labeller.max_characters", $"is {MaxCharacters}.", "Set it to 256 or more.");
    }
}
