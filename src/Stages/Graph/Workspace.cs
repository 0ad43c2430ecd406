namespace ExpertDivergence.Stages.Graph;

/// <summary>Where results lie: <c>$EDL_WORKSPACE</c>, else <c>./workspace</c>. Apart from build outputs, so that a clean deletes no training.</summary>
/// <param name="Root">The folder, absolute.</param>
public sealed record Workspace(string Root)
{
    /// <summary>The workspace of this process.</summary>
    public static Workspace Current => new(Path.GetFullPath(Environment.GetEnvironmentVariable("EDL_WORKSPACE") is { Length: > 0 } path ? path : "workspace"));

    /// <summary>The folder of a stage's result.</summary>
    public string StageFolder(string stage, string key) => Path.Combine(Root, "stages", stage, key[..16]);

    /// <summary>The folder of a recipe's report.</summary>
    public string ReportFolder(string recipe) => Path.Combine(Root, "reports", recipe);

    /// <summary>Memo of external files' hashes.</summary>
    public string HashMemo => Path.Combine(Root, "cache", "hashes.json");

    /// <summary>The file of a resolved recipe.</summary>
    public string RecipeFile(string hash) => Path.Combine(Root, "recipes", hash[..16] + ".yaml");
}
