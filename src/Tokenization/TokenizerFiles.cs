using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>Reads a tokenizer from whatever a user names: a <c>tokenizer.json</c>, a rank file of tiktoken, GPT-2's two files, or a folder with one of these.</summary>
public static class TokenizerFiles
{
    // What the makers of well-known rank files publish beside them: pattern and special tokens.
    private static readonly (string Name, string Pattern, AddedToken[] Special)[] s_known =
    [
        ("cl100k", "cl100k", [new("<|endoftext|>", 100257), new("<|fim_prefix|>", 100258), new("<|fim_middle|>", 100259), new("<|fim_suffix|>", 100260), new("<|endofprompt|>", 100276)]),
        ("o200k", "o200k", [new("<|endoftext|>", 199999), new("<|endofprompt|>", 200018)]),
        ("qwen", "qwen2", [new("<|endoftext|>", 151643), new("<|im_start|>", 151644), new("<|im_end|>", 151645)]),
        ("gpt2", "gpt2", [new("<|endoftext|>", 50256)]),
        ("r50k", "gpt2", [new("<|endoftext|>", 50256)]),
    ];

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="pattern">The pre-tokenisation pattern, one of <see cref="PreTokenizers.Names"/>, for files that do not state it; null:
    /// guessed from the name of a rank file, GPT-2's for its two files.</param>
    /// <param name="otherwise">The pattern of a rank file whose name tells none; null: such a file is refused.</param>
    /// <exception cref="InputException">There is no tokenizer, or it is damaged or of a kind that is not supported.</exception>
    /// <exception cref="OptionException">The pattern is unknown, is not told by the file's name, or contradicts the file.</exception>
    public static BpeTokenizer Read(string path, string? pattern = null, string? otherwise = null)
    {
        if (Directory.Exists(path))
            path = InFolder(path);
        if (path.EndsWith(".tiktoken", StringComparison.OrdinalIgnoreCase))
            return Ranks(path, pattern, otherwise);
        if (Path.GetFileName(path) is "vocab.json" or "merges.txt")
            return Gpt2Files.Read(Beside(path, "vocab.json"), Beside(path, "merges.txt"), pattern ?? "gpt2");
        var tokenizer = TokenizerJson.Read(path);
        if (pattern is not null && PreTokenizers.Named(pattern).Name is var asked && asked != tokenizer.PreTokenizer.Name)
            throw new OptionException("--pattern", $"'{asked}' was asked for, but {path} states '{tokenizer.PreTokenizer.Name}'.", "Leave it out: a tokenizer.json holds its pattern.");
        return tokenizer;
    }

    private static BpeTokenizer Ranks(string path, string? pattern, string? otherwise)
    {
        var name = Path.GetFileName(path);
        var known = Array.Find(s_known, k => name.Contains(k.Name, StringComparison.OrdinalIgnoreCase));
        var tokenizer = TiktokenFile.Read(path, pattern ?? known.Pattern ?? otherwise
            ?? throw new OptionException("--pattern", $"the name '{name}' does not tell the pattern.", $"Give one of {string.Join(", ", PreTokenizers.Names)}."));
        var special = (known.Special ?? []).Where(t => t.Id >= tokenizer.VocabularySize || tokenizer.Model.Tokens[t.Id] is null).ToArray();
        return special.Length == 0 ? tokenizer : new BpeTokenizer(tokenizer.Model with { AddedTokens = special });
    }

    private static string InFolder(string folder)
    {
        var json = Path.Combine(folder, "tokenizer.json");
        var vocabulary = Path.Combine(folder, "vocab.json");
        if (File.Exists(json))
            return json;
        if (File.Exists(vocabulary))
            return vocabulary;
        return Directory.GetFiles(folder, "*.tiktoken") is [var only] ? only : json;
    }

    private static string Beside(string path, string name) => Path.Combine(Path.GetDirectoryName(path) ?? "", name);
}
