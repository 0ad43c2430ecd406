namespace ExpertDivergence.Stages.Recipes;

/// <summary>The short arguments that stand for recipe keys.</summary>
public static class RecipeArguments
{
    /// <summary><c>--set</c> texts, with <c>--corpus</c> and <c>--benchmarks</c> laid over them.</summary>
    public static IReadOnlyList<string> Overrides(IEnumerable<string> set, string? corpus, string? benchmarks) =>
    [
        .. set,
        .. corpus is null ? [] : (string[])[$"corpus.path='{Path.GetFullPath(corpus).Replace("'", "''")}'"],
        .. benchmarks is null ? [] : (string[])[$"benchmarks.path='{Path.GetFullPath(benchmarks).Replace("'", "''")}'"],
    ];
}
