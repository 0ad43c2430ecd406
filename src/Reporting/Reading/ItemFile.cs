using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Reporting;

/// <summary>Joins <c>items.jsonl</c> to <c>scores.csv</c>.</summary>
/// <remarks>Both list the benchmarks in one order: in <c>scores.csv</c> a benchmark's own rows come first, those of its subsets after
/// them; in <c>items.jsonl</c> an item carries the name of its subset. So the next n items are the benchmark's, n being its row's.</remarks>
internal static class ItemFile
{
    public static IReadOnlyList<TaskResult> Tasks(string folder, IReadOnlyList<ScoreRow> scores, string remedy)
    {
        var path = Path.Combine(folder, "items.jsonl");
        if (!File.Exists(path))
            throw new InputException(path, null, "is missing", remedy);
        var items = File.ReadLines(path).Select((line, at) => Parse(path, at + 1, line, remedy)).ToList();
        var results = new List<TaskResult>();
        var subsets = new HashSet<string>();
        var next = 0;
        foreach (var rows in scores.GroupBy(score => score.Task).Where(group => !subsets.Contains(group.Key)))
        {
            var count = (int)rows.First().N;
            if (next + count > items.Count)
                throw new InputException(path, null, $"ends before the {count} items of '{rows.Key}'", remedy);
            var own = items.GetRange(next, count);
            next += count;
            subsets.UnionWith(own.Select(item => item.Subset));

            // An item's prediction is that of the first metric for given answers, of the last for free text.
            var score = own[0].IsChoice ? rows.First() : rows.Last();
            var correct = new Dictionary<string, bool>();
            foreach (var item in own)
            {
                if (!correct.TryAdd(item.Key, item.Correct))
                    throw new InputException(path, null, $"has the item '{item.Key}' twice", remedy);
            }

            results.Add(new TaskResult(score, correct));
        }

        return results;
    }

    private static Item Parse(string path, long line, string text, string remedy)
    {
        try
        {
            var root = JsonNode.Parse(text)!.AsObject();
            var subset = (string)root["task"]!;
            return new Item(
                subset,
                $"{subset} {root["id"]}",
                root["gold"]!.ToJsonString() == root["prediction"]!.ToJsonString(),
                root["log_likelihoods"] is JsonArray { Count: > 0 });
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException or ArgumentNullException)
        {
            throw new InputException(path, line, "is not an item as Evaluate writes it", remedy, error);
        }
    }

    private sealed record Item(string Subset, string Key, bool Correct, bool IsChoice);
}
