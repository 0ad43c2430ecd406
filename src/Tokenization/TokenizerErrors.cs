using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>What is said of a file that is no tokenizer we can use.</summary>
internal static class TokenizerErrors
{
    public static InputException Damaged(string file, long? line, string what) =>
        new(file, line, $"{what}.", "Copy or download the file again, or train the tokenizer anew.");

    public static InputException Unsupported(string file, string what) =>
        new(file, null, $"{what}, which is not supported.", "Use a byte-level BPE tokenizer in the style of GPT-2, Llama 3 or Qwen2, or train one.");

    public static InputException Missing(string file, string what) =>
        new(file, null, "there is no such file.", $"Name {what}.");
}
