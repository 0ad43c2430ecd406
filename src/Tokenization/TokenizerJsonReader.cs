using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>Takes a tokenizer.json apart and says precisely what it lacks.</summary>
internal sealed class TokenizerJsonReader(string file)
{
    public BpeModel Model(JsonElement root)
    {
        var model = Required(root, "", "model", JsonValueKind.Object);
        RefuseUnlessBytesOnly(model);
        var added = AddedTokens(root);
        var tokens = new NamedTokens(file, "model.vocab", Required(model, "model.", "vocab", JsonValueKind.Object), added);
        var merges = Merges(model, tokens);
        return new BpeModel
        {
            Tokens = tokens.Bytes,
            Merges = merges,
            PreTokenizer = PreTokenizer(root),
            AddedTokens = added,
            IgnoreMerges = Flag(model, "ignore_merges"),
            Normalizer = Normalizer(root),
        };
    }

    private void RefuseUnlessBytesOnly(JsonElement model)
    {
        if (Text(model, "type") is { } type && type != "BPE")
            throw Unsupported($"model.type is '{type}'");
        if (Flag(model, "byte_fallback"))
            throw Unsupported("model.byte_fallback is true");
        foreach (var affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!string.IsNullOrEmpty(Text(model, affix)))
                throw Unsupported($"model.{affix} is set");
        }
    }

    private List<Merge> Merges(JsonElement model, NamedTokens tokens)
    {
        var merges = new List<Merge>();
        foreach (var rule in Required(model, "model.", "merges", JsonValueKind.Array).EnumerateArray())
        {
            var where = $"model.merges[{merges.Count}]";
            var (left, right) = Pair(rule) ?? throw Damaged($"{where} is neither \"a b\" nor [\"a\", \"b\"]");
            merges.Add(tokens.Merge(left, right, merges.Count, where));
        }

        return merges;
    }

    private static (string Left, string Right)? Pair(JsonElement rule)
    {
        if (rule.ValueKind == JsonValueKind.Array && rule.GetArrayLength() == 2
            && rule[0].ValueKind == JsonValueKind.String && rule[1].ValueKind == JsonValueKind.String)
            return (rule[0].GetString()!, rule[1].GetString()!);
        return rule.ValueKind == JsonValueKind.String && rule.GetString()!.Split(' ') is [var left, var right] ? (left, right) : null;
    }

    private List<AddedToken> AddedTokens(JsonElement root)
    {
        var tokens = new List<AddedToken>();
        if (!root.TryGetProperty("added_tokens", out var list) || list.ValueKind == JsonValueKind.Null)
            return tokens;
        if (list.ValueKind != JsonValueKind.Array)
            throw Damaged("added_tokens is not a list");
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object || Text(entry, "content") is not { Length: > 0 } content
                || !entry.TryGetProperty("id", out var number) || number.ValueKind != JsonValueKind.Number
                || !number.TryGetInt32(out var id) || id is < 0 or > 1 << 24)
                throw Damaged($"added_tokens[{tokens.Count}] lacks a content or an id");
            if (tokens.Exists(t => t.Id == id || t.Content == content))
                throw Damaged($"added_tokens[{tokens.Count}] ('{content}', id {id}) is there twice");
            tokens.Add(new AddedToken(content, id, Flag(entry, "special"))
            {
                TakesSpaceBefore = Flag(entry, "lstrip"),
                TakesSpaceBehind = Flag(entry, "rstrip"),
                WholeWord = Flag(entry, "single_word"),
                Normalized = Flag(entry, "normalized"),
            });
        }

        return tokens;
    }

    private IPreTokenizer PreTokenizer(JsonElement root)
    {
        IPreTokenizer? found = null;
        var byteLevel = false;
        foreach (var step in Steps(root, "pre_tokenizer", "pretokenizers"))
        {
            if (Text(step, "type") == "Split" && found is null && !byteLevel)
            {
                found = Split(step);
            }
            else if (Text(step, "type") == "ByteLevel" && !byteLevel)
            {
                byteLevel = true;
                if (Flag(step, "add_prefix_space", absent: true))
                    throw Unsupported("pre_tokenizer: ByteLevel adds a space before the text");
                if (Flag(step, "use_regex", absent: true))
                    found = found is null ? PreTokenizers.Named("gpt2") : throw Unsupported("pre_tokenizer splits twice");
            }
            else
            {
                throw Unsupported($"pre_tokenizer has a step '{Text(step, "type")}'");
            }
        }

        if (!byteLevel)
            throw Unsupported("pre_tokenizer has no ByteLevel step");
        return found ?? throw Unsupported("pre_tokenizer does not split the text");
    }

    private IPreTokenizer Split(JsonElement step)
    {
        var regex = step.TryGetProperty("pattern", out var pattern) && pattern.ValueKind == JsonValueKind.Object ? Text(pattern, "Regex") : null;
        if (regex is null)
            throw Damaged("pre_tokenizer: Split has no pattern.Regex");
        // The patterns leave nothing between two pieces, so keeping what lies between the non-matches is the same.
        var isolates = (Text(step, "behavior"), Flag(step, "invert")) is ("Isolated", _) or ("Removed", true);
        return isolates
            ? PreTokenizers.OfPattern(regex) ?? throw Unsupported($"pre_tokenizer splits by a pattern other than those of {string.Join(", ", PreTokenizers.Names)}: {regex}")
            : throw Unsupported($"pre_tokenizer: Split behaves as '{Text(step, "behavior")}'");
    }

    private string? Normalizer(JsonElement root)
    {
        string? form = null;
        foreach (var step in Steps(root, "normalizer", "normalizers"))
            form = Text(step, "type") is "NFC" ? "NFC" : throw Unsupported($"normalizer has a step '{Text(step, "type")}'");
        return form;
    }

    // One object, a Sequence of them, or nothing.
    private IEnumerable<JsonElement> Steps(JsonElement root, string name, string list)
    {
        if (!root.TryGetProperty(name, out var step) || step.ValueKind == JsonValueKind.Null)
            return [];
        if (step.ValueKind != JsonValueKind.Object)
            throw Damaged($"{name} is not an object");
        return Text(step, "type") == "Sequence" ? Required(step, $"{name}.", list, JsonValueKind.Array).EnumerateArray() : [step];
    }

    private JsonElement Required(JsonElement parent, string path, string name, JsonValueKind kind)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(name, out var value))
            throw Damaged($"{path}{name} is missing");
        return value.ValueKind == kind ? value : throw Damaged($"{path}{name} should be {(kind == JsonValueKind.Array ? "a list" : "an object")}");
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Flag(JsonElement parent, string name, bool absent = false) =>
        parent.TryGetProperty(name, out var value) ? value.ValueKind == JsonValueKind.True : absent;

    private InputException Damaged(string what) => TokenizerErrors.Damaged(file, null, what);

    private InputException Unsupported(string what) => TokenizerErrors.Unsupported(file, what);
}
