using System.Globalization;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Stages.Execution;

/// <summary>How long a plan will still take: a node like those of its stage that are finished, as many at once as there are cores.</summary>
/// <param name="plan">The nodes.</param>
/// <param name="cores">Cores to keep busy.</param>
/// <param name="clock">Gives the time.</param>
internal sealed class GraphClock(IReadOnlyList<StageNode> plan, int cores, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _began = [];
    private readonly Dictionary<string, List<double>> _seconds = [];
    private readonly HashSet<string> _done = [.. plan.Where(n => n.IsDone).Select(n => n.Name)];

    /// <summary>A node begins.</summary>
    public void Begin(StageNode node)
    {
        lock (_lock)
            _began[node.Name] = clock.GetUtcNow();
    }

    /// <summary>A node is finished.</summary>
    /// <returns>How far the plan is, in words.</returns>
    public string End(StageNode node)
    {
        lock (_lock)
        {
            _done.Add(node.Name);
            if (!_seconds.TryGetValue(node.Stage, out var seconds))
                _seconds.Add(node.Stage, seconds = []);
            seconds.Add((clock.GetUtcNow() - _began[node.Name]).TotalSeconds);
            var text = string.Create(CultureInfo.InvariantCulture, $"done, {_done.Count} of {plan.Count} tasks");
            return _done.Count == plan.Count ? text : text + Left();
        }
    }

    // No less than the longest node, no less than all of them spread over the cores. Stages of which none has been seen yet are left out: at least.
    private string Left()
    {
        var (work, longest, unknown) = (0.0, 0.0, false);
        foreach (var node in plan.Where(n => !_done.Contains(n.Name)))
        {
            if (!_seconds.TryGetValue(node.Stage, out var seen))
            {
                unknown = true;
                continue;
            }

            var passed = _began.TryGetValue(node.Name, out var began) ? (clock.GetUtcNow() - began).TotalSeconds : 0;
            var left = Math.Max(0, seen.Average() - passed);
            (work, longest) = (work + (left * Math.Min(node.Threads, cores)), Math.Max(longest, left));
        }

        var seconds = Math.Max(work / cores, longest);
        if (seconds == 0)
            return "";
        var text = seconds < 90 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s") : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min");
        return $", {(unknown ? "at least" : "about")} {text} left";
    }
}

/// <summary>Says after every node how far the plan is.</summary>
/// <param name="inner">Makes the nodes.</param>
/// <param name="graph">The plan's clock.</param>
/// <param name="output">Takes the node's name and the line.</param>
internal sealed class TimedExecutor(IStageExecutor inner, GraphClock graph, Action<string, string> output) : IStageExecutor
{
    /// <inheritdoc/>
    public async Task RunAsync(StageNode node, CancellationToken cancellation)
    {
        graph.Begin(node);
        await inner.RunAsync(node, cancellation).ConfigureAwait(false);
        output(node.Name, graph.End(node));
    }
}
