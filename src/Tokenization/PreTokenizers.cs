using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>The pre-tokenisation patterns there are.</summary>
public static class PreTokenizers
{
    /// <summary>The pattern of tokenizers trained here unless another is asked for.</summary>
    public const string Default = "qwen2";

    private static readonly IPreTokenizer[] s_all =
        [new Gpt2PreTokenizer(), new Cl100kPreTokenizer("cl100k", maxDigits: 3), new Cl100kPreTokenizer("qwen2", maxDigits: 1), new O200kPreTokenizer()];

    /// <summary>The names, as options take them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(p => p.Name)];

    /// <summary>The pre-tokenizer of that name.</summary>
    /// <exception cref="OptionException">There is none.</exception>
    public static IPreTokenizer Named(string name) => Array.Find(s_all, p => p.Name == name)
        ?? throw new OptionException("tokenizer.pattern", $"there is no pattern '{name}'.", NearestName.Hint(name, [.. Names]));

    /// <summary>The pre-tokenizer with the same pieces as the regular expression, or null if there is none.</summary>
    public static IPreTokenizer? OfPattern(string regex) => Array.Find(s_all, p => p.Pattern == regex);
}
