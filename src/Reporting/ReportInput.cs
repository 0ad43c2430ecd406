using ExpertDivergence.Core;

namespace ExpertDivergence.Reporting;

/// <summary>Everything a report is made from: folders of finished stages, and what no file of theirs says.</summary>
public sealed record ReportInput
{
    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The resolved recipe, as YAML.</summary>
    public required string RecipeYaml { get; init; }

    /// <summary>The question the report answers; its title.</summary>
    public string Question { get; init; } = "Do experts that are pushed apart by domain make a better language model?";

    /// <summary>One or two sentences on the text that was trained on.</summary>
    public required string Corpus { get; init; }

    /// <summary>Whether the corpus and the benchmark files are the built-in micro-world. Its scores are then called micro-world scores.</summary>
    public required bool CorpusIsSynthetic { get; init; }

    /// <summary>The arm that the others are compared with.</summary>
    public string Baseline { get; init; } = "baseline";

    /// <summary>One entry per arm and seed; arms are shown in the order of their first entry.</summary>
    public required IReadOnlyList<RunFolders> Runs { get; init; }

    /// <summary>Models without routers to measure against, for example <c>new Yardstick("trigram", ".../trigram")</c>.</summary>
    public IReadOnlyList<Yardstick> Yardsticks { get; init; } = [];

    /// <summary>The Pack stage's folder, for the sizes of the training and held-out sets; null leaves them out.</summary>
    public string? PackFolder { get; init; }

    /// <summary>Machine and versions, name and value, shown in the order given.</summary>
    public required IReadOnlyDictionary<string, string> Machine { get; init; }

    /// <summary>The command that made this report.</summary>
    public required string Command { get; init; }

    /// <summary>Checks what can be checked without opening a file.</summary>
    /// <exception cref="OptionException">There is no run, a run is there twice, or no run is of the baseline.</exception>
    public ReportInput Validated()
    {
        if (Runs.Count == 0)
            throw new OptionException("report.runs", "there is none", "Give at least one arm and seed.");
        if (Runs.GroupBy(run => (run.Arm, run.Seed)).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new OptionException("report.runs", $"arm '{twice.Key.Arm}', seed {twice.Key.Seed} is there twice", "Give each arm and seed once.");
        if (Runs.All(run => run.Arm != Baseline))
        {
            throw new OptionException("report.baseline", $"no run is of the arm '{Baseline}'",
                NearestName.Hint(Baseline, Runs.Select(run => run.Arm).Distinct().ToList()));
        }

        return this;
    }
}

/// <summary>Where the results of one arm and seed lie.</summary>
/// <param name="Arm">The arm's name.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Pretrain">Folder with <c>training.json</c> and <c>metrics.csv</c>.</param>
/// <param name="Evaluate">Folder with <c>scores.csv</c>, <c>heldout.csv</c> and <c>items.jsonl</c>.</param>
/// <param name="Analyze">Folder with <c>routing.csv</c> and <c>activation.csv</c>.</param>
public sealed record RunFolders(string Arm, long Seed, string Pretrain, string Evaluate, string Analyze);

/// <summary>A simple model's results, to read the others against.</summary>
/// <param name="Name">What it is called in the tables.</param>
/// <param name="Folder">Folder with <c>scores.csv</c> and <c>heldout.csv</c>.</param>
public sealed record Yardstick(string Name, string Folder);
