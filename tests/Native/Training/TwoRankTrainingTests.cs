using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

public sealed class TwoRankTrainingTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private readonly TinyPack _pack = new();

    [Theory]
    [InlineData("{}", 1)]
    [InlineData("""{"divergence": {"granularity": "global", "coefficient": 0.01}}""", 1)]
    [InlineData("""{"divergence": {"granularity": "global", "coefficient": 0.01, "labels": "domain3", "formula": "jsd"}}""", 1)]
    [InlineData("""{"load_balance": {"coefficient": 0.01}, "divergence": {"coefficient": 0.01}}""", 2)]
    [InlineData("""{"divergence": {"granularity": "global", "coefficient": 0.01}, "z_loss": {}}""", 2)]
    public void Two_ranks_learn_as_one(string losses, int microBatchesOfOne)
    {
        var one = Alone("one", losses, microBatchesOfOne);
        var two = Together("two", losses, accumulation: 1);

        one.Rows.Count.ShouldBe(20);
        two.Columns.ShouldBe(one.Columns);
        foreach (var (mine, theirs) in one.Rows.Zip(two.Rows))
        {
            for (var column = 0; column < mine.Count; column++)
                (Math.Abs(mine[column] - theirs[column]) / Math.Max(1e-3, Math.Abs(mine[column]))).ShouldBeInRange(0, Tolerance, $"step {mine[0]}, {one.Columns[column]}");
        }
    }

    [Fact]
    public void Two_ranks_of_two_micro_batches_learn_as_one_of_four()
    {
        const string losses = """{"load_balance": {}, "divergence": {}}""";
        var (one, two) = (Alone("one", losses, 4), Together("two", losses, accumulation: 2));
        foreach (var (mine, theirs) in one.Rows.Zip(two.Rows))
            theirs[Loss].ShouldBe(mine[Loss], Tolerance * mine[Loss]);
    }

    [Fact]
    public void Domain_means_of_one_rank_alone_learn_otherwise()
    {
        // Without this the tests above could pass with sums that never crossed ranks.
        var (across, within) = (Together("a", Divergence("global"), 1), Together("b", Divergence("micro_batch"), 1));
        Math.Abs(across.Rows[^1][Loss] - within.Rows[^1][Loss]).ShouldBeGreaterThan(100 * Tolerance);
    }

    [Fact]
    public void An_interruption_of_one_rank_ends_both_and_they_go_on_to_the_same_bytes()
    {
        Together("whole", Divergence("global"), 1);
        using var source = new CancellationTokenSource();
        var interrupted = 0;
        TwoRanks.Processes((rank, environment) =>
        {
            var progress = new StopAt(7, source);
            Should.Throw<OperationCanceledException>(() =>
                PretrainStage.Run(Request("broken", Divergence("global"), 1, 2) with { Ranks = environment }, progress, rank == 0 ? source.Token : CancellationToken.None));
            Interlocked.Increment(ref interrupted);
        });
        interrupted.ShouldBe(2);
        Together("broken", Divergence("global"), 1);
        foreach (var file in (string[])["model.safetensors", "metrics.csv", "trainer/state.safetensors"])
            Hashing.OfFile(_pack.Output("broken/" + file)).ShouldBe(Hashing.OfFile(_pack.Output("whole/" + file)), file);
    }

    [Fact]
    public void Ranks_of_different_runs_do_not_train_together() => TwoRanks.Processes((rank, environment) =>
    {
        var request = Request("mixed", Divergence("global"), 1, 2) with { Ranks = environment, Seed = 1 + rank };
        var words = Should.Throw<ProcessGroupException>(() => PretrainStage.Run(request, SilentProgress.Instance, CancellationToken.None)).Message;
        words.ShouldStartWith($"rank {rank} of 2: ");
        words.ShouldContain(rank == 1 ? "differs from that of rank 0" : "rank 1");
    });

    [Fact]
    public void What_one_rank_cannot_do_the_other_reports()
    {
        TwoRanks.Processes((rank, environment) =>
        {
            var request = Request("failing", Divergence("global"), 1, 2) with { Ranks = environment };
            if (rank == 1)
                request = request with { PackFolder = _pack.Output("nowhere") };
            var error = Should.Throw<EdlException>(() => PretrainStage.Run(request, SilentProgress.Instance, CancellationToken.None));
            if (rank == 0)
                error.Message.ShouldContain("rank 1 failed: ");
            else
                error.ShouldBeOfType<InputException>();
        });
    }

    public void Dispose() => _pack.Dispose();

    private static int Loss => 4;

    private static string Divergence(string granularity) => $$$"""{"divergence": {"granularity": "{{{granularity}}}", "coefficient": 0.1}}""";

    private MetricsTable Alone(string name, string losses, int accumulation)
    {
        PretrainStage.Run(Request(name, losses, accumulation, 1), SilentProgress.Instance, TestContext.Current.CancellationToken);
        return MetricsTable.Read(_pack.Output(name + "/metrics.csv"));
    }

    private MetricsTable Together(string name, string losses, int accumulation)
    {
        TwoRanks.Processes((_, environment) =>
            PretrainStage.Run(Request(name, losses, accumulation, 2) with { Ranks = environment }, SilentProgress.Instance, TestContext.Current.CancellationToken));
        return MetricsTable.Read(_pack.Output(name + "/metrics.csv"));
    }

    private PretrainRequest Request(string name, string losses, int accumulation, int ranks) => _pack.Request(name, losses: losses, train: new JsonObject
    {
        ["steps"] = 20, ["log_every"] = 1, ["checkpoint_every"] = 5, ["accumulation"] = accumulation, ["ranks"] = ranks,
    }.ToJsonString());

    private sealed class StopAt(int step, CancellationTokenSource source) : IProgressListener
    {
        public void Report(ProgressUpdate update)
        {
            if (update.Done == step)
                source.Cancel();
        }

        public void Note(string message)
        {
        }
    }
}
