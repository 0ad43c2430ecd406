using System.CommandLine;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary>How verbs are told which tokenizer to use.</summary>
internal static class TokenizerOptions
{
    public static Option<string> File() => new("--tokenizer")
    {
        Description = "A tokenizer.json, a .tiktoken file of ranks, a vocab.json beside its merges.txt, or a folder with one of these.",
    };

    public static Option<string?> Pattern() => new("--pattern")
    {
        Description = "Pre-tokenisation where the file does not state it: gpt2, cl100k, o200k or qwen2; else guessed from its name.",
    };
}
