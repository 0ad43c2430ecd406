using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>Reads a tokenizer in GPT-2's two files, <c>vocab.json</c> and <c>merges.txt</c>.</summary>
public static class Gpt2Files
{
    /// <summary>Reads a tokenizer.</summary>
    /// <param name="vocabulary">The file of names and ids.</param>
    /// <param name="merges">The file of merges, one a line, the most frequent first; a first line that begins with <c>#version</c> is skipped.</param>
    /// <param name="pattern">The name of the pre-tokenisation pattern, one of <see cref="PreTokenizers.Names"/>.</param>
    /// <param name="specialTokens">Names in the vocabulary that stand for themselves; those it lacks are left aside. Null for <c>&lt;|endoftext|&gt;</c>.</param>
    /// <exception cref="InputException">A file is missing or damaged.</exception>
    /// <exception cref="OptionException">There is no such pattern.</exception>
    public static BpeTokenizer Read(string vocabulary, string merges, string pattern = "gpt2", IReadOnlyList<string>? specialTokens = null)
    {
        var preTokenizer = PreTokenizers.Named(pattern);
        if (!File.Exists(vocabulary))
            throw TokenizerErrors.Missing(vocabulary, "a vocab.json");
        if (!File.Exists(merges))
            throw TokenizerErrors.Missing(merges, "the merges.txt that belongs to the vocabulary");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(vocabulary));
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw TokenizerErrors.Damaged(vocabulary, null, "the vocabulary should be an object");
            var special = (specialTokens ?? ["<|endoftext|>"])
                .Where(name => root.TryGetProperty(name, out var id) && id.ValueKind == JsonValueKind.Number)
                .Select(name => new AddedToken(name, root.GetProperty(name).GetInt32())).ToList();
            var tokens = new NamedTokens(vocabulary, "the vocabulary", root, special);
            return new BpeTokenizer(new BpeModel
            {
                Tokens = tokens.Bytes,
                Merges = Merges(merges, tokens),
                PreTokenizer = preTokenizer,
                AddedTokens = special,
            });
        }
        catch (Exception e) when (e is JsonException or ArgumentException or FormatException)
        {
            throw TokenizerErrors.Damaged(vocabulary, null, e.Message.TrimEnd('.'));
        }
    }

    private static List<Merge> Merges(string file, NamedTokens tokens)
    {
        var merges = new List<Merge>();
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
                continue;
            merges.Add(line.Split(' ') is [var left, var right]
                ? tokens.Merge(left, right, merges.Count, $"line {number} of {Path.GetFileName(file)}")
                : throw TokenizerErrors.Damaged(file, number, "not two tokens with a space between them"));
        }

        return merges;
    }
}
