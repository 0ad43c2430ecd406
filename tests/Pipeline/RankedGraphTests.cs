using System.Diagnostics;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>A recipe that asks for two ranks, through the graph: each run is trained by two, killed however, and goes on.</summary>
public sealed class RankedGraphTests
{
    private static readonly string[] s_run =
        ["run", "spark", .. ((string[])["train.ranks=2", "train.steps=200", "train.checkpoint_every=5", "seeds=[1]"]).SelectMany(set => (string[])["--set", set])];

    private readonly string _workspace = Edl.NewFolder();

    [Fact]
    public void Runs_of_two_ranks_that_were_killed_end_in_a_report_with_the_same_bytes()
    {
        // A rank is killed: its run fails and says why, the others are made.
        using (var graph = Running.Start(_workspace, s_run))
        {
            var rank = graph.Rank(1);
            graph.WaitFor(() => StateAfter(0));
            rank.Kill();
            var outcome = graph.End();
            outcome.ExitCode.ShouldBe(ExitCodes.Failed, outcome.Output + outcome.Errors);
            outcome.Output.ShouldContain("Pretrain-baseline-s1: [rank 1] was killed by signal 9.");
        }

        // Everything's root is killed: stage and ranks end by themselves.
        var before = NewestState;
        using (var graph = Running.Start(_workspace, s_run))
        {
            Process first = graph.Rank(0), second = graph.Rank(1);
            graph.WaitFor(() => StateAfter(before));
            graph.Kill();
            first.WaitForExit(300_000).ShouldBeTrue();
            second.WaitForExit(300_000).ShouldBeTrue();
        }

        NewestState.ShouldBeInRange(before + 1, 199);
        var again = Edl.Run(_workspace, s_run);
        again.ExitCode.ShouldBe(0, again.Output + again.Errors);
        again.Output.ShouldContain("[rank 0] Resumed after step");
        File.Exists(Path.Combine(_workspace, "reports", "spark", "report.md")).ShouldBeTrue();

        var undisturbed = Edl.NewFolder();
        Edl.Run(undisturbed, [.. s_run, "--target", "Pretrain-baseline-s1"]).ExitCode.ShouldBe(0);
        var expected = Manifest.Read(Directory.GetDirectories(Path.Combine(undisturbed, "stages", "Pretrain")).Single());
        expected.Parameters["train"]!["ranks"]!.GetValue<int>().ShouldBe(2);
        var found = Directory.GetDirectories(Runs).Select(Manifest.Read).Single(manifest => manifest.Key == expected.Key);
        found.Outputs.ShouldBe(expected.Outputs);
    }

    private string Runs => Path.Combine(_workspace, "stages", "Pretrain");

    private int NewestState => !Directory.Exists(Runs) ? 0 : Directory.GetDirectories(Runs, "*.partial")
        .SelectMany(run => Directory.GetDirectories(run, "trainer-step-*"))
        .Max(state => int.TryParse(Path.GetFileName(state)["trainer-step-".Length..], out var step) ? step : 0 as int?) ?? 0;

    private string? StateAfter(int step) => NewestState > step ? "there" : null;
}
