using System.Text.RegularExpressions;

namespace ExpertDivergence.Evaluation;

/// <summary>GSM8K, the harness's <c>gsm8k</c>: the model writes a solution, the number in it is compared.</summary>
/// <remarks>Reads <c>gsm8k/{train,test}.jsonl</c> (<c>question, answer</c>, the answer ending in « #### 18 »). Examples are the first rows of
/// <c>train</c> (the harness draws five at random). The strict metric takes the first « #### number », the flexible one the last number of all.</remarks>
public sealed partial class Gsm8k : GenerationTask
{
    private const string Invalid = "[invalid]";

    /// <inheritdoc/>
    public override string Name => "gsm8k";

    /// <inheritdoc/>
    public override string Description => "grade-school word problems; generated";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Metrics { get; } = ["exact_match_strict", "exact_match_flexible"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Stop { get; } = ["Question:", "</s>", "<|im_end|>"];

    /// <inheritdoc/>
    public override IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot)
    {
        var folder = Path.Combine(benchmarksFolder, "gsm8k");
        var file = BenchmarkFiles.FirstOf(folder, "test.jsonl");
        var examples = fewShot == 0 ? [] : BenchmarkFiles.FirstRows(Rows(BenchmarkFiles.FirstOf(folder, "train.jsonl")), fewShot).ToList();
        var items = Rows(file).Select((row, index) =>
            new GenerationItem(BenchmarkFiles.Number(index), Prompt.Assemble("", examples, row.Question), row.Answer));
        return [new BenchmarkSubset(Name, [.. items])];
    }

    /// <inheritdoc/>
    public override GenerationGrade Grade(GenerationItem item, string answer)
    {
        var gold = Normalized(item.Reference);
        var strict = Normalized(Strict(answer));
        var flexible = Normalized(Flexible(answer));
        return new GenerationGrade(gold, flexible, [strict == gold ? 1 : 0, flexible == gold ? 1 : 0]);
    }

    /// <summary>The number after the first « #### », or « [invalid] ».</summary>
    public static string Strict(string answer) => StrictPattern().Match(answer) is { Success: true } match ? match.Groups[1].Value.Trim() : Invalid;

    /// <summary>The last thing that looks like a number, or « [invalid] ».</summary>
    public static string Flexible(string answer) => FlexiblePattern().Matches(answer) is { Count: > 0 } matches ? matches[^1].Value.Trim() : Invalid;

    /// <summary>What two answers are compared by: no thousands separators, dollar signs, solution text or final full stop; lower case.</summary>
    public static string Normalized(string answer)
    {
        var text = answer.Replace(",", "", StringComparison.Ordinal).Replace("$", "", StringComparison.Ordinal);
        return FinalStop().Replace(SolutionText().Replace(text, ""), "").ToLowerInvariant();
    }

    private static IEnumerable<(string Question, string Answer)> Rows(string file)
    {
        foreach (var row in JsonLines.Read(file))
        {
            var answer = row.Text("answer");
            if (!answer.Contains("#### ", StringComparison.Ordinal))
                throw row.Malformed("the answer has no line '#### NUMBER'");
            yield return ($"Question: {row.Text("question")}\nAnswer:", answer);
        }
    }

    [GeneratedRegex(@"#### (\-?[0-9\.\,]+)", RegexOptions.CultureInvariant)]
    private static partial Regex StrictPattern();

    [GeneratedRegex(@"(-?[$0-9.,]{2,})|(-?[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex FlexiblePattern();

    [GeneratedRegex(@".*#### ", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex SolutionText();

    [GeneratedRegex(@"\.$", RegexOptions.CultureInvariant)]
    private static partial Regex FinalStop();
}
