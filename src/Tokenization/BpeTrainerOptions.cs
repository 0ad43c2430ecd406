using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>How a tokenizer is trained. The names in errors are those of recipes: <c>tokenizer.vocab_size</c> and so on.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>The ids wanted, special tokens among them. At least 256 for the bytes and one for each special token.</summary>
    public int VocabularySize { get; init; } = 4096;

    /// <summary>Tokens that stand for themselves. Their ids are the last ones, in this order.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>The name of the pre-tokenisation pattern, one of <see cref="PreTokenizers.Names"/>.</summary>
    public string Pattern { get; init; } = PreTokenizers.Default;

    /// <summary>A pair seen less often than this is never merged.</summary>
    public long MinFrequency { get; init; } = 2;

    /// <summary>Stop reading after so many documents; null for all.</summary>
    public long? MaxDocuments { get; init; }

    /// <summary>Stop reading before the document with which the UTF-8 bytes would exceed this; null for all.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Threads that count words; 0 for one per core. The result is the same for any number.</summary>
    public int Threads { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="OptionException">One is out of its range.</exception>
    public void Validate()
    {
        _ = PreTokenizers.Named(Pattern);
        var least = 256 + SpecialTokens.Count;
        if (VocabularySize < least || VocabularySize > 1 << 24)
            throw new OptionException("tokenizer.vocab_size", $"{VocabularySize} is not from {least} to {1 << 24}.",
                $"Set at least {least}: 256 bytes and {SpecialTokens.Count} special tokens.");
        if (SpecialTokens.FirstOrDefault(t => t.Length < 2) is { } tooShort)
            throw new OptionException("tokenizer.special_tokens", $"'{tooShort}' is too short.", "Use a name such as <|endoftext|>.");
        if (SpecialTokens.GroupBy(t => t, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new OptionException("tokenizer.special_tokens", $"'{twice.Key}' is there twice.", "Name each special token once.");
        if (MinFrequency < 1)
            throw new OptionException("tokenizer.min_frequency", $"{MinFrequency} is below 1.", "Set 2 to leave out what was seen once.");
        if (MaxDocuments < 1)
            throw new OptionException("tokenizer.max_documents", $"{MaxDocuments} is below 1.", "Leave it out to read all documents.");
        if (MaxBytes < 1)
            throw new OptionException("tokenizer.max_bytes", $"{MaxBytes} is below 1.", "Leave it out to read all documents.");
        if (Threads < 0)
            throw new OptionException("tokenizer.threads", $"{Threads} is below 0.", "Set 0 for one thread per core.");
    }
}
