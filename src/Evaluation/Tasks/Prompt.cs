using System.Text;

namespace ExpertDivergence.Evaluation;

/// <summary>How prompts are put together, as lm-evaluation-harness does without a chat template.</summary>
public static class Prompt
{
    /// <summary>What stands between a question and its answer.</summary>
    public const string TargetDelimiter = " ";

    /// <summary>What stands after each solved example.</summary>
    public const string FewShotDelimiter = "\n\n";

    /// <summary>The letters of four-choice questions.</summary>
    public static IReadOnlyList<string> Letters { get; } = ["A", "B", "C", "D"];

    /// <summary>Description, then each solved example with its answer, then the question; nothing after it.</summary>
    public static string Assemble(string description, IEnumerable<(string Question, string Answer)> examples, string question)
    {
        var text = new StringBuilder(description);
        foreach (var example in examples)
            text.Append(example.Question).Append(TargetDelimiter).Append(example.Answer).Append(FewShotDelimiter);
        return text.Append(question).ToString();
    }

    /// <summary>The question, a line per lettered choice, and the cue for the answer.</summary>
    public static string Lettered(string question, IReadOnlyList<string> choices, string cue)
    {
        var text = new StringBuilder(question.Trim());
        for (var i = 0; i < choices.Count; i++)
            text.Append('\n').Append(Letters[i]).Append(". ").Append(choices[i]);
        return text.Append('\n').Append(cue).ToString();
    }
}
