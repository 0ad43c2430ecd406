using System.Text.Json;
using CsvHelper;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>Every text of a folder of benchmark files, whatever their layout.</summary>
internal static class BenchmarkTexts
{
    public static IEnumerable<string> Read(string folder)
    {
        var files = File.Exists(folder) ? [folder] : Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray() : [];
        var known = files.Where(f => Path.GetExtension(f) is ".json" or ".jsonl" or ".csv").ToList();
        return known.Count > 0 ? known.SelectMany(f => Path.GetExtension(f) == ".csv" ? Fields(f) : Strings(f))
            : throw new InputException(folder, null, "there are no benchmark files (.jsonl, .json, .csv).", "Correct labels.overlap_with.");
    }

    private static IEnumerable<string> Fields(string file)
    {
        using var csv = CsvReader.FromFile(file, new CsvReaderOptions { HasHeader = false, Separator = ',' });
        while (csv.Read())
            for (var i = 0; i < csv.FieldCount; i++)
                yield return csv.GetString(i);
    }

    // A JSONL file is a row of values as far as the reader is concerned, a JSON file one value.
    private static IReadOnlyList<string> Strings(string file)
    {
        var reader = new Utf8JsonReader(File.ReadAllBytes(file), new JsonReaderOptions { AllowMultipleValues = true });
        var texts = new List<string>();
        try
        {
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.String)
                    texts.Add(reader.GetString()!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException(file, (e as JsonException)?.LineNumber + 1, "the benchmark file is not JSON.", "Fetch it again.", e);
        }

        return texts;
    }
}
