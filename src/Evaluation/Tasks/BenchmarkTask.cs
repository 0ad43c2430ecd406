namespace ExpertDivergence.Evaluation;

/// <summary>A benchmark: where its files lie, how a row becomes a prompt, which metrics it reports.</summary>
/// <remarks>A new benchmark is one file: a public class derived from this one or from <see cref="GenerationTask"/>, with a
/// constructor without parameters. <see cref="BenchmarkRegistry"/> finds it.</remarks>
public abstract class BenchmarkTask
{
    /// <summary>The name by which it is asked for, and of its row in <c>scores.csv</c>.</summary>
    public abstract string Name { get; }

    /// <summary>One line of what it measures and in which form.</summary>
    public abstract string Description { get; }

    /// <summary>The metrics reported, for multiple choice of <c>acc</c> and <c>acc_norm</c>.</summary>
    public abstract IReadOnlyList<string> Metrics { get; }

    /// <summary>Reads every subset. A benchmark without subjects is one subset that carries the task's own name.</summary>
    /// <param name="benchmarksFolder">The folder with one folder per benchmark in its official layout.</param>
    /// <param name="fewShot">Solved examples before each question.</param>
    /// <exception cref="Core.InputException">A file is missing or malformed.</exception>
    public abstract IReadOnlyList<BenchmarkSubset> Load(string benchmarksFolder, int fewShot);
}

/// <summary>A benchmark answered in free text.</summary>
public abstract class GenerationTask : BenchmarkTask
{
    /// <summary>Strings that end the answer; the text is cut before the earliest.</summary>
    public abstract IReadOnlyList<string> Stop { get; }

    /// <summary>Judges an answer.</summary>
    public abstract GenerationGrade Grade(GenerationItem item, string answer);
}

/// <summary>Items that are averaged together: a subject, or a whole benchmark.</summary>
/// <param name="Name">The row's name in <c>scores.csv</c>, for example <c>mmlu_astronomy</c>.</param>
/// <param name="Items">All <see cref="ChoiceItem"/> or all <see cref="GenerationItem"/>.</param>
public sealed record BenchmarkSubset(string Name, IReadOnlyList<BenchmarkItem> Items);

/// <summary>One question with the whole text that stands before the answer.</summary>
/// <param name="Id">Unique within its subset.</param>
/// <param name="Prompt">Description, solved examples, question.</param>
public abstract record BenchmarkItem(string Id, string Prompt);

/// <summary>A question with given answers.</summary>
/// <param name="Id">Unique within its subset.</param>
/// <param name="Prompt">Description, solved examples, question.</param>
/// <param name="Choices">The answers as they are scored, without the delimiter that goes before them.</param>
/// <param name="Gold">Position of the right one.</param>
public sealed record ChoiceItem(string Id, string Prompt, IReadOnlyList<string> Choices, int Gold) : BenchmarkItem(Id, Prompt);

/// <summary>A question to be answered in free text.</summary>
/// <param name="Id">Unique within its subset.</param>
/// <param name="Prompt">Description, solved examples, question.</param>
/// <param name="Reference">The right answer as the benchmark's file has it.</param>
public sealed record GenerationItem(string Id, string Prompt, string Reference) : BenchmarkItem(Id, Prompt);

/// <summary>The verdict on an answer.</summary>
/// <param name="Gold">The right answer, normalised.</param>
/// <param name="Prediction">What was taken from the text, normalised; right by the task's last metric exactly if equal to <paramref name="Gold"/>.</param>
/// <param name="Values">One value per metric of the task, in its order.</param>
public sealed record GenerationGrade(string Gold, string Prediction, IReadOnlyList<double> Values);
