using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Graph;

/// <summary>What a given tokenizer is, for keys: its files' contents, and of a rank file the name too, which tells its pattern.</summary>
internal static class TokenizerInput
{
    /// <summary>The hash of <c>tokenizer.file</c>.</summary>
    /// <exception cref="InputException">There is no tokenizer.</exception>
    public static string HashOf(string path)
    {
        if (Directory.Exists(path))
            path = InFolder(path);
        if (!File.Exists(path))
            throw new InputException(path, null, "there is no such tokenizer file", "Mend tokenizer.file.");
        return Path.GetFileName(path) switch
        {
            "vocab.json" or "merges.txt" => Joined(Beside(path, "vocab.json"), Beside(path, "merges.txt")),
            var name when name.EndsWith(".tiktoken", StringComparison.OrdinalIgnoreCase) => Joined(path),
            _ => Hashing.OfFile(path),
        };
    }

    private static string InFolder(string folder)
    {
        foreach (var name in (string[])["tokenizer.json", "vocab.json"])
            if (File.Exists(Path.Combine(folder, name)))
                return Path.Combine(folder, name);
        return Directory.GetFiles(folder, "*.tiktoken") is [var only] ? only : Path.Combine(folder, "tokenizer.json");
    }

    private static string Joined(params string[] files) => Hashing.OfText(string.Join('\n', files.Select(f => File.Exists(f)
        ? $"{Path.GetFileName(f)} {Hashing.OfFile(f)}"
        : throw new InputException(f, null, "there is no such tokenizer file", "Put it there, or mend tokenizer.file."))));

    private static string Beside(string path, string name) => Path.Combine(Path.GetDirectoryName(path) ?? "", name);
}
