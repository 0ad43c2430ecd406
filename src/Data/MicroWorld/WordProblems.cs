using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>A word problem in the form of GSM8K.</summary>
/// <param name="Question">The question.</param>
/// <param name="Answer">The way to the result with calculator marks (<c>&lt;&lt;3+4=7&gt;&gt;</c>), then a line <c>#### 7</c>.</param>
public sealed record WordProblem(string Question, string Answer);

/// <summary>Makes word problems of one or two steps with small numbers.</summary>
/// <param name="use"><c>corpus</c>, or <c>heldout</c> for the phrasings that never enter the corpus.</param>
/// <param name="random">Where the numbers and words are drawn from.</param>
internal sealed class WordProblems(string use, KeyedRandom random)
{
    private readonly IReadOnlyList<ProblemRow> _templates = [.. DataTable.Problems.Where(p => p.Use == use)];
    private readonly IReadOnlyList<string> _things = [.. DataTable.Things.Select(t => t.Thing)];
    private readonly IReadOnlyList<string> _people = [.. DataTable.Values.Where(v => v.Relation == "owner").Select(v => v.En)];

    /// <summary>The next problem. Every number in it is at least 2, so that plurals are right.</summary>
    public WordProblem Next()
    {
        var template = random.Pick(_templates);
        var who = random.NextInt(_people.Count);
        var friend = (who + 1 + random.NextInt(_people.Count - 1)) % _people.Count;
        var words = new Dictionary<string, string>
        {
            ["{who}"] = _people[who],
            ["{friend}"] = _people[friend],
            ["{things}"] = random.Pick(_things),
        };
        var value = 4 + random.NextInt(9);
        words["{a}"] = Text(value);
        for (var step = 0; step < template.Steps.Length; step++)
        {
            var plus = template.Steps[step] == '+';
            var operand = 2 + random.NextInt(plus ? 8 : value - 3);
            var result = plus ? value + operand : value - operand;
            words[step == 0 ? "{b}" : "{c}"] = Text(operand);
            words[$"{{{step + 1}}}"] = $"<<{Text(value)}{template.Steps[step]}{Text(operand)}={Text(result)}>>{Text(result)}";
            value = result;
            if (step + 1 < template.Steps.Length && template.Steps[step + 1] == '-' && value < 4)
                throw new InvalidOperationException("A step that takes away must follow one that adds.");
        }

        return new WordProblem(Fill(template.Question, words), $"{Fill(template.Answer, words)}\n#### {Text(value)}");
    }

    /// <summary>Problems whose questions all differ.</summary>
    public IReadOnlyList<WordProblem> Distinct(int count)
    {
        var problems = new List<WordProblem>();
        var seen = new HashSet<string>();
        while (problems.Count < count)
        {
            var problem = Next();
            if (seen.Add(problem.Question))
                problems.Add(problem);
        }

        return problems;
    }

    private static string Fill(string template, Dictionary<string, string> words) =>
        words.Aggregate(template, (text, word) => text.Replace(word.Key, word.Value, StringComparison.Ordinal));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
