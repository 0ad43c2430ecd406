using System.Text;
using System.Text.Json.Nodes;
using CsvHelper;
using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>Writes what an evaluation leaves behind: <c>scores.csv</c>, <c>items.jsonl</c>, <c>heldout.csv</c>.</summary>
public static class ResultFiles
{
    /// <summary>Writes <c>scores.csv</c>: <c>task, metric, value, standard_error, n, chance</c>.</summary>
    public static void WriteScores(string folder, IEnumerable<TaskScore> scores) => WriteCsv(Path.Combine(folder, "scores.csv"), scores);

    /// <summary>Writes <c>heldout.csv</c>: <c>scheme, domain, sequences, tokens, bytes, nll</c>.</summary>
    public static void WriteHeldOut(string folder, IEnumerable<HeldOutRow> rows) => WriteCsv(Path.Combine(folder, "heldout.csv"), rows);

    /// <summary>Writes <c>items.jsonl</c>: <c>task, id, gold, prediction, log_likelihoods</c>.</summary>
    public static void WriteItems(string folder, IEnumerable<ItemScore> items)
    {
        var text = new StringBuilder();
        foreach (var item in items)
        {
            var line = new JsonObject
            {
                ["task"] = item.Task,
                ["id"] = item.Id,
                ["gold"] = item.Gold.DeepClone(),
                ["prediction"] = item.Prediction.DeepClone(),
                ["log_likelihoods"] = new JsonArray([.. item.LogLikelihoods.Select(value => (JsonNode)value)]),
            };
            text.Append(line.ToJsonString(JsonFormat.Compact)).Append('\n');
        }

        DurableFile.WriteAllText(Path.Combine(folder, "items.jsonl"), text.ToString());
    }

    private static void WriteCsv<T>(string file, IEnumerable<T> rows)
    {
        using var csv = CsvWriter.ToFile(file, CsvWriterOptions.For<T>() with { NewLine = "\n" });
        csv.WriteRecords(rows);
    }
}
