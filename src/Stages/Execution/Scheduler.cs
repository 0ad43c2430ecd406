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
    private readonly Dictionary<string, Task> _tasks = [];
    private readonly SemaphoreSlim _slots = new(cores, cores);
    private readonly SemaphoreSlim _door = new(1, 1);
    private bool _started;

    /// <summary>Completes when the node's folder is there.</summary>
    /// <exception cref="EdlException">The node or one that it needs failed.</exception>
    public Task RunAsync(StageNode node)
    {
        lock (_tasks)
        {
            if (!_started)
            {
                _started = true;
                foreach (var each in plan)
                    _tasks[each.Name] = Start(each);
            }

            return _tasks[node.Name];
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
        foreach (var task in _tasks.Values)
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

    private Task Start(StageNode node)
    {
        var inputs = node.Inputs.Select(i => _tasks.GetValueOrDefault(i.Value.Name)).OfType<Task>().ToArray();
        return node.IsDone ? Task.CompletedTask : Task.Run(async () =>
        {
            await Task.WhenAll(inputs).ConfigureAwait(false);
            var wanted = Math.Min(node.Threads, cores);
            await Take(wanted).ConfigureAwait(false);
            try
            {
                cancellation.ThrowIfCancellationRequested();
                await executor.RunAsync(node, cancellation).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release(wanted);
            }
        });
    }

    // All of a node's slots are taken behind one door, in order of arrival: two nodes never hold half each and wait for the other.
    private async Task Take(int wanted)
    {
        await _door.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            for (var i = 0; i < wanted; i++)
                await _slots.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _door.Release();
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
