using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Reporting;

/// <summary>The packed set in a sentence, from <c>pack.json</c>.</summary>
internal static class PackFacts
{
    public static string? Sentence(string? folder)
    {
        if (folder is null)
            return null;
        const string Remedy = "Run the Pack stage again.";
        var path = Path.Combine(folder, "pack.json");
        if (!File.Exists(path))
            throw new InputException(path, null, "is missing", Remedy);
        try
        {
            var root = JsonNode.Parse(File.ReadAllText(path))!;
            return $"The packed training set has {Whole(root["train"]!["sequences"])} sequences of {Whole(root["sequence_length"])} tokens ({Whole(root["train"]!["tokens"])} tokens without padding), "
                + $"the held-out set {Whole(root["heldout"]!["sequences"])} sequences ({Whole(root["heldout"]!["tokens"])} tokens); every {Labelled(root)} carries one label of {root["domains3"]!.AsArray().Count} "
                + $"and one of {root["domains49"]!.AsArray().Count} domains (`pack.json` of `{Sources.Folder(folder)}`).";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            throw new InputException(path, null, "is not what Pack writes", Remedy, error);
        }
    }

    private static string Labelled(JsonNode root) => (string?)root["layout"] == "concatenated" ? "token" : "sequence";

    private static string Whole(JsonNode? node) => Format.Whole((long)node!);
}
