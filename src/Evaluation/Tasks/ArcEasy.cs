using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>ARC-Easy, the harness's <c>arc_easy</c>: the answers' own texts are scored after the question; acc and acc_norm.</summary>
/// <remarks>Reads <c>arc/ARC-Easy/ARC-Easy-Test.jsonl</c> in the official form (<c>id, question{stem, choices[{text, label}]}, answerKey</c>),
/// or <c>arc_easy_test.jsonl</c> with rows <c>{query, choices, gold}</c>, whose query already begins with « Question: ».
/// Examples are the first rows of <c>ARC-Easy-Train.jsonl</c> (the harness draws them at random).</remarks>
public sealed class ArcEasy : BenchmarkTask
{
    private const string QuestionLabel = "Question: ";

    /// <inheritdoc/>
    public override string Name => "arc_easy";

    /// <inheritdoc/>
    public override string Description => "grade-school science questions, easy set; full-text choices";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics { get; } = [Metric.Accuracy, Metric.NormalizedAccuracy];

    /// <inheritdoc/>
    public override IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot)
    {
        var folder = Path.Combine(benchmarksFolder, "arc", "ARC-Easy");
        var file = BenchmarkFiles.FirstOf(folder, "ARC-Easy-Test.jsonl", "arc_easy_test.jsonl");
        var examples = fewShot == 0 ? [] : BenchmarkFiles.FirstRows(
            Rows(BenchmarkFiles.FirstOf(folder, "ARC-Easy-Train.jsonl")), fewShot).Select(r => (r.Question, r.Choices[r.Gold])).ToList();
        var items = Rows(file).Select(r => new ChoiceItem(r.Id, Prompt.Assemble("", examples, r.Question), r.Choices, r.Gold));
        return [new BenchmarkSubset(Name, [.. items])];
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
        return (index.ToString(Invariant), Question(row.Text("query")), choices, gold);
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

    private static IFormatProvider Invariant => System.Globalization.CultureInfo.InvariantCulture;
}
