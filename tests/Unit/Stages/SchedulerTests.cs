using System.Collections.Concurrent;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class SchedulerTests
{
    private readonly PipelineGraph _graph = new(RecipeLibrary.Resolve("smoke"), new Workspace(Directory.CreateTempSubdirectory().FullName), "t");

    [Fact]
    public async Task Every_node_runs_once_and_after_its_inputs()
    {
        var executor = new Recorder(_ => null);
        await new Scheduler(_graph.Nodes, executor, 2, CancellationToken.None).RunAllAsync();
        var order = executor.Ran.ToList();
        order.Count.ShouldBe(_graph.Nodes.Count);
        foreach (var node in _graph.Nodes)
            node.Inputs.ShouldAllBe(i => order.IndexOf(i.Value.Name) < order.IndexOf(node.Name));
        executor.Most.ShouldBe(2);
    }

    [Fact]
    public async Task A_failure_stops_what_needs_it_and_nothing_else()
    {
        var executor = new Recorder(n => n.Name == "Pretrain-edl-3-s1" ? new EdlException("no", "yes") : null);
        await Should.ThrowAsync<EdlException>(new Scheduler(_graph.Nodes, executor, 2, CancellationToken.None).RunAllAsync());
        executor.Ran.ShouldContain("Evaluate-edl-49-s2");
        executor.Ran.ShouldNotContain("Evaluate-edl-3-s1");
        executor.Ran.ShouldNotContain("Report");
    }

    [Fact]
    public async Task What_is_done_is_not_run()
    {
        var done = _graph["MicroWorld"];
        Directory.CreateDirectory(done.Folder);
        File.WriteAllText(Path.Combine(done.Folder, Manifest.FileName), "{}");
        var executor = new Recorder(_ => null);
        await new Scheduler(_graph.Nodes, executor, 2, CancellationToken.None).RunAllAsync();
        executor.Ran.ShouldNotContain("MicroWorld");
        executor.Ran.ShouldContain("Label");
    }

    [Fact]
    public async Task What_is_ready_runs_in_the_order_of_the_plan()
    {
        var executor = new Recorder(_ => null);
        await new Scheduler(_graph.Nodes, executor, 1, CancellationToken.None).RunAllAsync();
        executor.Ran.ShouldBe(_graph.Nodes.Select(n => n.Name));
    }

    [Fact]
    public async Task A_node_of_many_threads_is_not_passed_by_those_behind_it()
    {
        var graph = new PipelineGraph(RecipeLibrary.Resolve("smoke", ["train.threads=1", "train.ranks=2"]), new Workspace(Directory.CreateTempSubdirectory().FullName), "t");
        graph["Pretrain-baseline-s1"].Threads.ShouldBe(2);
        var executor = new Recorder(_ => null);
        await new Scheduler(graph.Nodes, executor, 2, CancellationToken.None).RunAllAsync();
        var runs = executor.Ran.Where(n => n.StartsWith("Pretrain", StringComparison.Ordinal)).ToArray();
        runs.ShouldBe(graph.Nodes.Where(n => n.Stage == StageCatalog.Pretrain).Select(n => n.Name));
        executor.Ran.TakeLast(executor.Ran.Count - 4).Take(runs.Length).ShouldBe(runs);
    }

    [Fact]
    public async Task Once_cancelled_nothing_more_is_started_and_all_is_told()
    {
        using var source = new CancellationTokenSource();
        var executor = new Recorder(_ => null, ended => { if (ended == "Pack") source.Cancel(); });
        var scheduler = new Scheduler(_graph.Nodes, executor, 2, source.Token);
        await Should.ThrowAsync<OperationCanceledException>(scheduler.RunAllAsync());
        scheduler.Settle();
        executor.Ran.ShouldBe(["MicroWorld", "Label", "Tokenize", "Pack"]);
    }

    private sealed class Recorder(Func<StageNode, Exception?> failure, Action<string>? ended = null) : IStageExecutor
    {
        private int _running;

        public ConcurrentQueue<string> Ran { get; } = [];

        public int Most { get; private set; }

        public async Task RunAsync(StageNode node, CancellationToken cancellation)
        {
            lock (Ran)
                Most = Math.Max(Most, ++_running);
            await Task.Delay(2, cancellation);
            lock (Ran)
                _running--;
            if (failure(node) is { } e)
                throw e;
            Ran.Enqueue(node.Name);
            ended?.Invoke(node.Name);
        }
    }
}
