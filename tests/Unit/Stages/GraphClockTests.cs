using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class GraphClockTests
{
    private static readonly PipelineGraph s_graph = new(RecipeLibrary.Resolve("smoke"), new Workspace(Directory.CreateTempSubdirectory().FullName), "t");
    private static readonly StageNode[] s_training = [.. s_graph.Nodes.Where(n => n.Stage == StageCatalog.Pretrain)];
    private readonly Hands _hands = new();

    [Fact]
    public void Nodes_of_a_stage_are_expected_to_take_what_the_finished_ones_took()
    {
        var clock = new GraphClock(s_training, 2, _hands);
        Take(clock, s_training[0], 600).ShouldBe("done, 1 of 6 tasks, about 25 min left"); // five of ten minutes on two cores
        Take(clock, s_training[1], 1200).ShouldBe("done, 2 of 6 tasks, about 30 min left"); // four of a quarter of an hour
    }

    [Fact]
    public void What_runs_already_counts_with_its_rest_and_nothing_ends_before_the_longest()
    {
        var clock = new GraphClock(s_training[..3], 2, _hands);
        clock.Begin(s_training[0]);
        clock.Begin(s_training[1]);
        _hands.Move(100);
        clock.End(s_training[0]).ShouldBe("done, 1 of 3 tasks, about 2 min left");
        clock.Begin(s_training[2]);
        _hands.Move(50);
        clock.End(s_training[1]).ShouldBe("done, 2 of 3 tasks, about 75 s left");
    }

    [Fact]
    public void Of_stages_that_were_not_seen_yet_nothing_is_known()
    {
        var clock = new GraphClock([s_training[0], s_training[1], s_graph["Report"]], 1, _hands);
        Take(clock, s_training[0], 60).ShouldBe("done, 1 of 3 tasks, at least 60 s left");
        Take(clock, s_training[1], 60).ShouldBe("done, 2 of 3 tasks");
        Take(clock, s_graph["Report"], 1).ShouldBe("done, 3 of 3 tasks");
    }

    [Fact]
    public async Task A_run_says_how_far_it_is_after_every_task()
    {
        var lines = new List<string>();
        var executor = new TimedExecutor(new Nothing(), new GraphClock(s_training[..2], 1, _hands), (task, line) => lines.Add($"{task}: {line}"));
        await executor.RunAsync(s_training[0], CancellationToken.None);
        lines.ShouldBe(["Pretrain-baseline-s1: done, 1 of 2 tasks"]);
    }

    private string Take(GraphClock clock, StageNode node, int seconds)
    {
        clock.Begin(node);
        _hands.Move(seconds);
        return clock.End(node);
    }

    private sealed class Hands : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

        public void Move(int seconds) => _now = _now.AddSeconds(seconds);

        public override DateTimeOffset GetUtcNow() => _now;
    }

    private sealed class Nothing : IStageExecutor
    {
        public Task RunAsync(StageNode node, CancellationToken cancellation) => Task.CompletedTask;
    }
}
