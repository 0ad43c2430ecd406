namespace ExpertDivergence.Reporting;

/// <summary>Says below each table which file holds its numbers unrounded and which files they come from.</summary>
internal static class Sources
{
    public static string Line(string table, string file, string stage) =>
        $"[`{table}`]({table}), from `{file}` of the {stage} folders in [`tables/runs.csv`](tables/runs.csv)";

    /// <summary>The folder as stage and key: its last two names.</summary>
    public static string Folder(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return $"{Path.GetFileName(Path.GetDirectoryName(full))}/{Path.GetFileName(full)}";
    }

    /// <summary>Writes <c>tables/runs.csv</c> and shows it.</summary>
    public static MarkdownTable Runs(Experiment experiment, TableFolder tables)
    {
        var rows = experiment.Runs.Select(run => new object?[]
        {
            run.Arm, run.Seed, Folder(run.Folders.Pretrain), Folder(run.Folders.Evaluate), Folder(run.Folders.Analyze), run.Training.OrderSha256,
        }).Concat(experiment.Yardsticks.Select(y => new object?[] { y.Yardstick.Name, null, null, Folder(y.Yardstick.Folder), null, null })).ToList();
        var path = tables.Write("runs", ["arm", "seed", "pretrain", "evaluate", "analyze", "order_sha256"], rows);
        return new MarkdownTable(
            ["Arm", "Seed", "Pretrain", "Evaluate", "Analyze"],
            [.. rows.Select(row => (IReadOnlyList<string>)[.. row.Take(5).Select(cell => cell is string text ? text.Contains('/') ? $"`{text}`" : text : cell?.ToString() ?? Format.None)])],
            $"[`{path}`]({path})");
    }
}
