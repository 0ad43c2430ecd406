using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>Finds benchmarks by name: every public <see cref="BenchmarkTask"/> of this assembly.</summary>
public static class BenchmarkRegistry
{
    private static readonly SortedDictionary<string, BenchmarkTask> s_tasks = new(
        typeof(BenchmarkTask).Assembly.GetExportedTypes()
            .Where(type => type.IsSubclassOf(typeof(BenchmarkTask)) && !type.IsAbstract)
            .Select(type => (BenchmarkTask)Activator.CreateInstance(type)!)
            .ToDictionary(task => task.Name),
        StringComparer.Ordinal);

    /// <summary>Every benchmark, by name.</summary>
    public static IReadOnlyCollection<BenchmarkTask> All => s_tasks.Values;

    /// <summary>The benchmark of that name.</summary>
    /// <exception cref="UsageException">There is none; the nearest name is offered.</exception>
    public static BenchmarkTask Find(string name) => s_tasks.TryGetValue(name, out var task)
        ? task
        : throw new UsageException($"there is no benchmark task '{name}'", NearestName.Hint(name, s_tasks.Keys));
}
