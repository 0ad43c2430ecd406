using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>Writes the documents of the domain <c>math</c>: lists of sums and differences, comparisons, word problems.</summary>
internal sealed class MathWriter(KeyedRandom random)
{
    private readonly WordProblems _problems = new("corpus", random);

    /// <summary>The next document and its label.</summary>
    public (string Label, string Text) Next() => random.NextInt(10) switch
    {
        < 3 => ("micro/math/sums", Lines(Sum, "\n")),
        < 5 => ("micro/math/comparisons", Lines(Comparison, " ")),
        _ => ("micro/math/problems", string.Join("\n\n", Enumerable.Range(0, 1 + random.NextInt(2)).Select(_ => Problem()))),
    };

    private string Lines(Func<string> next, string separator) =>
        string.Join(separator, Enumerable.Range(0, 3 + random.NextInt(6)).Select(_ => next()));

    private string Sum()
    {
        var (a, b) = (2 + random.NextInt(12), 2 + random.NextInt(9));
        return random.NextInt(2) == 0 ? Text($"{a} + {b} = {a + b}") : Text($"{a + b} - {b} = {a}");
    }

    private string Comparison()
    {
        var a = 2 + random.NextInt(19);
        var b = (a - 2 + 1 + random.NextInt(18)) % 19 + 2;
        var (more, less) = a > b ? ("more", "less") : ("less", "more");
        return random.NextInt(3) switch
        {
            0 => Text($"{a} {(a > b ? '>' : '<')} {b}."),
            1 => Text($"{a} is {more} than {b}."),
            _ => Text($"{b} is {less} than {a}, and {a} is {more} than {b}."),
        };
    }

    private string Problem()
    {
        var problem = _problems.Next();
        return TopicWriter.QuestionAnswer("en", problem.Question, problem.Answer);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
