namespace ExpertDivergence.Evaluation;

/// <summary>Reads ARC's files, in the official form or as rows <c>{query, choices, gold}</c>.</summary>
internal static class ArcQuestions
{
    private const string QuestionLabel = "Question: ";

    /// <summary>The test questions of a set, <c>ARC-Easy</c> or <c>ARC-Challenge</c>.</summary>
    public static IReadOnlyList<BenchmarkItem> Load(string benchmarksFolder, string set, int fewShot)
    {
        var folder = Path.Combine(benchmarksFolder, "arc", set);
        var file = BenchmarkFiles.FirstOf(folder, $"{set}-Test.jsonl", $"{set.Replace('-', '_').ToLowerInvariant()}_test.jsonl");
        var examples = fewShot == 0 ? [] : BenchmarkFiles.FirstRows(
            Rows(BenchmarkFiles.FirstOf(folder, $"{set}-Train.jsonl")), fewShot).Select(r => (r.Question, r.Choices[r.Gold])).ToList();
        return [.. Rows(file).Select(r => new ChoiceItem(r.Id, Prompt.Assemble("", examples, r.Question), r.Choices, r.Gold))];
    }

    private static IEnumerable<(string Id, string Question, IReadOnlyList<string> Choices, int Gold)> Rows(string file)
    {
        var index = 0;
        foreach (var row in JsonLines.Read(file))
        {
            yield return row.Has("query") ? FromQuery(row, index) : Official(row);
            index++;
        }
    }

    private static (string, string, IReadOnlyList<string>, int) FromQuery(JsonRow row, int index)
    {
        var choices = row.Texts("choices");
        var gold = row.Integer("gold");
        if (gold < 0 || gold >= choices.Count)
            throw row.Malformed($"gold is {gold}, but there are {choices.Count} choices");
        return (BenchmarkFiles.Number(index), Question(row.Text("query")), choices, gold);
    }

    private static (string, string, IReadOnlyList<string>, int) Official(JsonRow row)
    {
        var question = row.Object("question");
        var choices = question.Objects("choices");
        var key = row.Text("answerKey");
        var gold = choices.ToList().FindIndex(c => c.Text("label") == key);
        if (gold < 0)
            throw row.Malformed($"answerKey '{key}' is the label of no choice");
        return (row.Text("id"), Question(QuestionLabel + question.Text("stem")), [.. choices.Select(c => c.Text("text"))], gold);
    }

    private static string Question(string labelled) => labelled + "\nAnswer:";
}
