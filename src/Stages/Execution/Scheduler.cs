using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Stages.Execution;

/// <summary>Runs the missing nodes of a plan, as many at once as the cores allow, each when its inputs are there.</summary>
/// <remarks>A driver that walks the graph node by node (Cake's engine is sequential) asks for one node after the other with
/// <see cref="RunAsync"/>; whatever else of the plan can run meanwhile does.</remarks>
/// <param name="plan">The nodes, inputs first.</param>
/// <param name="executor">Makes one node's folder.</param>
/// <param name="cores">Cores to keep busy.</param>
/// <param name="cancellation">Ends what runs and starts nothing more.</param>
public sealed class Scheduler(IReadOnlyList<StageNode> plan, IStageExecutor executor, int cores, CancellationToken cancellation)
{
    private readonly Dictionary<string, TaskCompletionSource> _ends = [];
    private readonly List<StageNode> _waiting = [];
    private readonly Lock _lock = new();
    private int _busy;

    /// <summary>Completes when the node's folder is there.</summary>
    /// <exception cref="EdlException">The node or one that it needs failed.</exception>
    public Task RunAsync(StageNode node)
    {
        lock (_lock)
        {
            if (_ends.Count == 0)
                Begin();
            return _ends[node.Name].Task;
        }
    }

    /// <summary>Completes when every node of the plan is there. Branches that do not depend on a failed node are finished first.</summary>
    public async Task RunAllAsync()
    {
        var failures = new List<Exception>();
        foreach (var node in plan)
        {
            try
            {
                await RunAsync(node).ConfigureAwait(false);
            }
            catch (Exception e) when (e is EdlException or OperationCanceledException)
            {
                failures.Add(e);
            }
        }

        if (failures.Count > 0)
            throw failures[0];
    }

    /// <summary>Waits until nothing runs any more, whatever came of it: after an interruption, before the program ends.</summary>
    public void Settle()
    {
        foreach (var task in Tasks())
        {
            try
            {
                task.GetAwaiter().GetResult();
            }
            catch (Exception e) when (e is EdlException or OperationCanceledException)
            {
                // Told where it was asked for.
            }
        }
    }

    private Task[] Tasks()
    {
        lock (_lock)
            return [.. _ends.Values.Select(end => end.Task)];
    }

    private void Begin()
    {
        foreach (var node in plan)
        {
            _ends.Add(node.Name, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (node.IsDone)
                _ends[node.Name].SetResult();
            else
                _waiting.Add(node);
        }

        StartReady();
    }

    // In the order of the plan, whatever ended first. A node that needs more cores than are free is waited for: later ones never pass it.
    private void StartReady()
    {
        foreach (var node in _waiting.ToArray())
        {
            var inputs = node.Inputs.Select(i => _ends.GetValueOrDefault(i.Value.Name)?.Task).OfType<Task>().ToArray();
            if (inputs.FirstOrDefault(i => i.IsFaulted) is { } failed)
            {
                _waiting.Remove(node);
                _ends[node.Name].SetException(failed.Exception!.InnerExceptions);
            }
            else if (inputs.All(i => i.IsCompleted))
            {
                var wanted = Math.Min(node.Threads, cores);
                if (_busy + wanted > cores)
                    return;
                _busy += wanted;
                _waiting.Remove(node);
                _ = Task.Run(() => Make(node, wanted));
            }
        }
    }

    private async Task Make(StageNode node, int wanted)
    {
        Exception? error = null;
        try
        {
            cancellation.ThrowIfCancellationRequested();
            await executor.RunAsync(node, cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            error = e; // told to whoever asks for the node
        }

        lock (_lock)
        {
            _busy -= wanted;
            if (error is null)
                _ends[node.Name].SetResult();
            else
                _ends[node.Name].SetException(error);
            StartReady();
        }
    }
}

/// <summary>Makes the folder of one node: as a process on this machine, or elsewhere.</summary>
public interface IStageExecutor
{
    /// <summary>Runs it.</summary>
    /// <exception cref="EdlException">It failed; says why.</exception>
    Task RunAsync(StageNode node, CancellationToken cancellation);
}
