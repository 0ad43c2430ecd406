using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Pipeline.Console;

/// <summary>What the JSON files of a stage folder say, as lines: plain values, and a table wherever an object holds domains.</summary>
internal static class FolderReport
{
    private static readonly string[] s_files = ["report.json", "pack.json", "training.json", "config.json"];

    public static IEnumerable<string> Of(string folder)
    {
        foreach (var name in s_files)
        {
            if (!File.Exists(Path.Combine(folder, name)))
                continue;
            yield return $"{name}:";
            foreach (var line in Lines(Read(Path.Combine(folder, name)), ""))
                yield return "  " + line;
        }
    }

    private static JsonObject Read(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file)) as JsonObject ?? [];
        }
        catch (JsonException e)
        {
            throw new InputException(file, e.LineNumber + 1, "the file is not JSON.", "Run the stage again.", e);
        }
    }

    private static IEnumerable<string> Lines(JsonObject json, string prefix)
    {
        foreach (var (key, value) in json)
        {
            var name = prefix + key;
            if (value is JsonObject inner && key.StartsWith("domain", StringComparison.Ordinal))
            {
                foreach (var line in Table(name, inner))
                    yield return line;
            }
            else if (value is JsonObject section)
            {
                foreach (var line in Lines(section, name + "."))
                    yield return line;
            }
            else
            {
                yield return $"{name}: {Short(value)}";
            }
        }
    }

    private static IEnumerable<string> Table(string name, JsonObject rows)
    {
        if (rows.Count == 0)
            yield break;
        var width = Math.Max(name.Length, rows.Max(r => r.Key.Length));
        if (rows.First().Value is not JsonObject first)
        {
            yield return name;
            foreach (var (domain, count) in rows)
                yield return $"  {domain.PadRight(width)}{Short(count),14}";
            yield break;
        }

        string[] columns = [.. first.Select(c => c.Key)];
        yield return $"{name.PadRight(width + 2)}{string.Concat(columns.Select(c => c.PadLeft(Math.Max(14, c.Length + 2))))}";
        foreach (var (domain, row) in rows)
            yield return $"  {domain.PadRight(width)}{string.Concat(columns.Select(c => Short(row![c]).PadLeft(Math.Max(14, c.Length + 2))))}";
    }

    private static string Short(JsonNode? value) => value switch
    {
        JsonArray { Count: > 12 } array => $"[{array.Count}] {string.Join(", ", array.Take(12))}, …",
        JsonArray array => string.Join(", ", array.Select(i => i is JsonObject ? i.ToJsonString(JsonFormat.Compact) : i?.ToString())),
        _ => value?.ToString() ?? "",
    };
}
