using System.Globalization;
using System.Text;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>Writes short programs that compute a number and print it, with what they print.</summary>
internal sealed class ProgramWriter(WorldTopic topic, KeyedRandom random)
{
    private static readonly string[] s_variables = ["a", "b", "c", "n", "x", "y"];

    private readonly ILookup<string, string> _parts = DataTable.Programs.Where(p => p.Language == topic.Language).ToLookup(p => p.Part, p => p.Text);

    /// <summary>The next document.</summary>
    public string Next()
    {
        var variables = s_variables.ToArray();
        random.Shuffle(variables.AsSpan());
        var value = 2 + random.NextInt(9);
        var code = new StringBuilder($"{variables[0]} = {Text(value)}\n");
        var steps = 1 + random.NextInt(2);
        for (var step = 1; step <= steps; step++)
        {
            var operand = 1 + random.NextInt(9);
            var minus = operand < value && random.NextInt(2) == 0;
            value += minus ? -operand : operand;
            code.Append($"{variables[step]} = {variables[step - 1]} {(minus ? '-' : '+')} {Text(operand)}\n");
        }

        code.Append($"print({variables[steps]})");
        var answer = Part("answer").Replace("{v}", Text(value), StringComparison.Ordinal);
        var end = random.NextInt(2) == 0 ? answer : TopicWriter.QuestionAnswer(topic.Language, Part("question"), Text(value));
        return $"{Part("open")}\n\n{code}\n\n{end}";
    }

    private string Part(string part) => Phrasings.Fill(random.Pick(_parts[part].ToList()), topic);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
