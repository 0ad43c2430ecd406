using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Reporting;

/// <summary>Reads <c>training.json</c>, and the speed from <c>timing.csv</c> where that is there.</summary>
internal static class TrainingFile
{
    public static TrainingFacts Read(string folder, string remedy)
    {
        var path = Path.Combine(folder, "training.json");
        if (!File.Exists(path))
            throw new InputException(path, null, "is missing", remedy);
        try
        {
            var root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            return new TrainingFacts(
                Number(root["steps"], "steps"),
                Number(root["tokens"], "tokens"),
                Number(root["parameters"]?["total"], "parameters.total"),
                Number(root["parameters"]?["active"], "parameters.active"),
                (string?)root["order_sha256"] ?? "",
                Losses(root["losses"]),
                Shape(Path.Combine(folder, "config.json"), remedy),
                TokensPerSecond(folder, remedy));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException(path, null, "is not what Pretrain writes: " + error.Message, remedy, error);
        }
    }

    private static long Number(JsonNode? node, string name) => (long?)node ?? throw new FormatException($"'{name}' is missing");

    /// <summary>Each loss with its coefficient and, where they say something, its other settings: <c>load_balance × 0.001</c>.</summary>
    private static string Losses(JsonNode? losses) => losses switch
    {
        JsonObject byName => Joined(byName.Select(pair => (pair.Key, pair.Value as JsonObject))),
        JsonArray list => Joined(list.OfType<JsonObject>().Select(loss => ((string?)loss["name"] ?? "?", (JsonObject?)loss))),
        _ => "none",
    };

    private static string Joined(IEnumerable<(string Name, JsonObject? Settings)> losses)
    {
        var texts = losses.Select(loss => loss.Settings?["coefficient"] is { } coefficient
            ? $"{loss.Name} × {((double)coefficient).ToString(CultureInfo.InvariantCulture)}{Labels(loss.Settings)}"
            : loss.Name).ToList();
        return texts.Count == 0 ? "none" : string.Join(", ", texts);
    }

    private static string Labels(JsonObject settings) =>
        new[] { "labels", "granularity" }.Select(key => (string?)settings[key]).FirstOrDefault(value => value?.StartsWith("domain", StringComparison.Ordinal) == true)
            is { } labels ? $" ({labels})" : "";

    /// <summary>The sizes of <c>config.json</c> in words.</summary>
    private static string Shape(string path, string remedy)
    {
        if (!File.Exists(path))
            throw new InputException(path, null, "is missing", remedy);
        var root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        return $"{Size("num_hidden_layers")} layers of width {Size("hidden_size")}, {Size("num_attention_heads")} attention heads "
            + $"({Size("num_key_value_heads")} for keys and values), in every layer {Size("num_experts")} experts of inner width {Size("moe_intermediate_size")} "
            + $"of which a token uses {Size("num_experts_per_tok")}, and a vocabulary of {Size("vocab_size")} tokens";

        long Size(string name) => Number(root[name], name);
    }

    /// <summary>The median, which a slow first step or a pause does not move.</summary>
    private static double? TokensPerSecond(string folder, string remedy)
    {
        var path = Path.Combine(folder, "timing.csv");
        if (!File.Exists(path))
            return null;
        var rates = CsvFile.Read(path, remedy).Select(row => row.Number("tokens_per_second")).Order().ToArray();
        return rates[rates.Length / 2];
    }
}
