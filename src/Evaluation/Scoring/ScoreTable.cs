namespace ExpertDivergence.Evaluation;

/// <summary>From items to the rows of <c>scores.csv</c>.</summary>
public static class ScoreTable
{
    /// <summary>The task's row per metric, then one per subset and metric where the task has subsets; the task is weighted by their sizes.</summary>
    public static IReadOnlyList<TaskScore> Of(string task, IReadOnlyList<string> metrics, IEnumerable<ItemScore> items)
    {
        var subsets = items.GroupBy(item => item.Task).Select(group => (Name: group.Key, Items: group.ToList())).ToList();
        var whole = new List<TaskScore>();
        var parts = new List<TaskScore>();
        for (var m = 0; m < metrics.Count; m++)
        {
            var estimates = subsets.Select(subset => Statistics.Mean([.. subset.Items.Select(item => item.Values[m])])).ToList();
            var pooled = estimates.Count == 1 ? estimates[0] : Statistics.Pooled(estimates);
            whole.Add(Row(task, metrics[m], pooled, subsets.SelectMany(subset => subset.Items)));
            if (subsets.Count == 1 && subsets[0].Name == task)
                continue;
            parts.AddRange(subsets.Select((subset, i) => Row(subset.Name, metrics[m], estimates[i], subset.Items)));
        }

        return [.. whole, .. parts];
    }

    private static TaskScore Row(string name, string metric, Statistics.Estimate estimate, IEnumerable<ItemScore> items) =>
        new(name, metric, estimate.Value, estimate.StandardError, estimate.Count, items.Average(item => item.Chance));
}
