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

    private sealed class Recorder(Func<StageNode, Exception?> failure) : IStageExecutor
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
        }
    }
}
