using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>How a tokenized corpus is cut into sequences.</summary>
public sealed record PackOptions
{
    /// <summary>Tokens predicted per sequence; a record holds one more, the first token's context.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>What a record may hold.</summary>
    public PackLayout Layout { get; init; } = PackLayout.ByDomain;

    /// <summary>The share of documents kept out of training, above 0 and below 1.</summary>
    public double HeldoutFraction { get; init; } = 0.05;

    /// <summary>The seed of the held-out draw, and of the documents' order where they are concatenated.</summary>
    public long Seed { get; init; }

    /// <summary>Ids of the vocabulary: every token is below it.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The end-of-text token: it joins documents and pads.</summary>
    public required int EndOfTextId { get; init; }

    /// <exception cref="OptionException">A value is out of its range.</exception>
    internal void Validate()
    {
        if (!Enum.IsDefined(Layout))
            throw new OptionException("pack.layout", $"{Layout} is no layout.", "Set it to by_domain or concatenated.");
        if (SequenceLength is < 2 or > 1 << 20)
            throw new OptionException("pack.sequence_length", $"{SequenceLength} is out of range.", "Set it between 2 and 1048576.");
        if (!(HeldoutFraction > 0 && HeldoutFraction < 1))
            throw new OptionException("pack.heldout_fraction", FormattableString.Invariant($"{HeldoutFraction} is no share of the documents."),
                "Set it above 0 and below 1, for example 0.05.");
        if (VocabularySize < 1)
            throw new OptionException("pack.vocabulary_size", $"{VocabularySize} is no vocabulary.", "Give the tokenizer's number of ids.");
        if (EndOfTextId < 0 || EndOfTextId >= VocabularySize)
            throw new OptionException("pack.end_of_text_id", $"{EndOfTextId} is not an id of the vocabulary of {VocabularySize}.",
                "Give the id of the tokenizer's end-of-text token.");
    }
}
