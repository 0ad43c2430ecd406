using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>A row of an exam: a question, four choices, the right one. And the way from subject files to subsets.</summary>
/// <param name="Id">Its number within the file.</param>
/// <param name="Question">The question, trimmed.</param>
/// <param name="Choices">Four texts.</param>
/// <param name="Gold">0 to 3.</param>
public sealed record FourChoices(string Id, string Question, IReadOnlyList<string> Choices, int Gold)
{
    /// <summary>A question of the four, as lettered lines answered by a letter.</summary>
    /// <param name="cue">What stands last, for example <c>Answer:</c>.</param>
    internal (string Question, IReadOnlyList<string> Choices) AsLetters(string cue) => (Prompt.Lettered(Question, Choices, cue), Prompt.Letters);

    /// <summary>A question answered by a choice's own text.</summary>
    internal (string Question, IReadOnlyList<string> Choices) AsContinuation(string label, string cue) => ($"{label}{Question}\n{cue}", Choices);

    /// <summary>Makes the row, checking the letter.</summary>
    internal static FourChoices From(CsvRow row, string id, string question, IReadOnlyList<string> choices, string letter)
    {
        var gold = Prompt.Letters.ToList().IndexOf(letter.Trim());
        if (gold < 0)
            throw row.Malformed($"the answer is '{letter}'");
        if (string.IsNullOrWhiteSpace(question))
            throw row.Malformed("the question is empty");
        return new FourChoices(id, question.Trim(), choices, gold);
    }

    /// <summary>One subset per subject file of a split, in ordinal order of the subjects.</summary>
    /// <param name="folder">Holds <c>dev/</c> and the split's folder.</param>
    /// <param name="split">The split evaluated; examples come from the first rows of <c>dev</c>.</param>
    /// <param name="fewShot">Solved examples before each question.</param>
    /// <param name="nameOf">From a subject to the subset's name.</param>
    /// <param name="describe">From a subject to the description that begins every prompt.</param>
    /// <param name="read">Reads a file's rows.</param>
    /// <param name="form">From a row to its question and the choices that are scored.</param>
    internal static IReadOnlyList<BenchmarkSubset> Subsets(
        string folder,
        string split,
        int fewShot,
        Func<string, string> nameOf,
        Func<string, string> describe,
        Func<string, IEnumerable<FourChoices>> read,
        Func<FourChoices, (string Question, IReadOnlyList<string> Choices)> form)
    {
        var subsets = new List<BenchmarkSubset>();
        foreach (var (subject, file) in BenchmarkFiles.Subjects(Path.Combine(folder, split), $"_{split}.csv"))
        {
            var examples = fewShot == 0 ? [] : BenchmarkFiles
                .FirstRows(read(BenchmarkFiles.FirstOf(Path.Combine(folder, "dev"), $"{subject}_dev.csv")), fewShot)
                .Select(row => (form(row).Question, form(row).Choices[row.Gold]))
                .ToList();
            var items = new List<BenchmarkItem>();
            foreach (var row in read(file))
            {
                var (question, choices) = form(row);
                items.Add(new ChoiceItem(row.Id, Prompt.Assemble(describe(subject), examples, question), choices, row.Gold));
            }

            if (items.Count == 0)
                throw new InputException(file, null, "has no rows", "Replace it with the official file.");
            subsets.Add(new BenchmarkSubset(nameOf(subject), items));
        }

        return subsets;
    }
}
