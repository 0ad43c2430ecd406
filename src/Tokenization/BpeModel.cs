namespace ExpertDivergence.Tokenization;

/// <summary>What a tokenizer is made of: the tokens, the merges, the pattern and the added tokens.</summary>
public sealed record BpeModel
{
    /// <summary>The bytes of every token by id; null where the id is an added token's or nobody's.</summary>
    public required IReadOnlyList<byte[]?> Tokens { get; init; }

    /// <summary>The merge rules, by rank.</summary>
    public required IReadOnlyList<Merge> Merges { get; init; }

    /// <summary>What cuts the text into pieces.</summary>
    public required IPreTokenizer PreTokenizer { get; init; }

    /// <summary>The added tokens.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Whether a piece that is a token becomes it even where no merges lead there.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>The Unicode normalisation of texts before they are cut, <c>NFC</c>, or null for none.</summary>
    public string? Normalizer { get; init; }
}
