using System.Collections.Concurrent;
using System.Diagnostics;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class RankProcessesTests
{
    private readonly ConcurrentQueue<(int Rank, string Line, bool Error)> _lines = new();

    [Fact]
    public async Task Every_rank_has_its_number_and_all_meet_at_one_port()
    {
        (await Run("echo $RANK $LOCAL_RANK $WORLD_SIZE $MASTER_ADDR; echo $MASTER_PORT >&2", ranks: 3)).ShouldBe(0);
        _lines.Where(l => !l.Error).Order().Select(l => l.Line).ShouldBe(["0 0 3 127.0.0.1", "1 1 3 127.0.0.1", "2 2 3 127.0.0.1"]);
        _lines.Where(l => l.Error).Select(l => l.Line).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task The_first_that_fails_gives_the_exit_code_and_the_others_are_ended()
    {
        var clock = Stopwatch.StartNew();
        (await Run("if [ $RANK = 1 ]; then exit 3; fi; sleep 60; exit 4")).ShouldBe(3);
        clock.Elapsed.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(30));
        _lines.ShouldContain((1, "ended with exit code 3.", true));
    }

    [Fact]
    public async Task The_others_have_time_to_say_what_they_saw()
    {
        (await Run("if [ $RANK = 1 ]; then kill -9 $$; fi; sleep 0.5; echo rank 1 is gone; exit 1", grace: 20)).ShouldBe(137);
        _lines.ShouldContain((0, "rank 1 is gone", false));
        _lines.ShouldContain((1, "was killed by signal 9.", true));
    }

    // As below a script's program in the background, which ignores SIGINT.
    [Fact(Timeout = 60_000)]
    public async Task An_interruption_reaches_every_rank_even_in_the_background()
    {
        using var source = new CancellationTokenSource();
        var run = Run("trap 'exit 130' TERM; echo up; while :; do sleep 0.05; done", grace: 20, shell: ["env", "--ignore-signal=INT", "sh"], cancellation: source.Token);
        while (_lines.Count < 2)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        await source.CancelAsync();
        (await run).ShouldBe(ExitCodes.Interrupted);
    }

    [Fact]
    public async Task The_input_of_a_rank_stays_open_as_long_as_its_launcher_lives() =>
        (await Run("read -t 1 line; [ $? -gt 128 ]", shell: ["bash"])).ShouldBe(0);

    private Task<int> Run(string script, int ranks = 2, double grace = 0.3, string[]? shell = null, CancellationToken? cancellation = null) =>
        new RankProcesses([.. shell ?? ["sh"], "-c"], [script], ranks, (rank, line, error) => _lines.Enqueue((rank, line, error))) { Grace = TimeSpan.FromSeconds(grace) }
            .RunAsync(cancellation ?? TestContext.Current.CancellationToken);
}
