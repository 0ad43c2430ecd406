using System.Diagnostics;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

public sealed class RankGroupTests
{
    [Fact]
    public void Sums_and_decisions_are_those_of_all() => TwoRanks.RunGroup(ranks =>
    {
        using var tensor = torch.tensor(new[] { 1f + ranks.Rank }, [1]);
        ranks.Sum(tensor);
        tensor.item<double>().ShouldBe(3.0);
        ranks.Any(ranks.Rank == 1).ShouldBeTrue();
        ranks.Any(false).ShouldBeFalse();
    });

    [Fact]
    public void Who_waits_for_rank_0_waits_longer_than_for_a_collective()
    {
        var done = false;
        TwoRanks.RunGroup(
            ranks =>
            {
                ranks.OnFirst("writing", () =>
                {
                    ranks.Rank.ShouldBe(0);
                    Thread.Sleep(6000);
                    done = true;
                });
                done.ShouldBeTrue();
                ranks.FromFirst("choosing", () => "a").ShouldBe("a");
                ranks.FromFirst("choosing", () => "b").ShouldBe("b");
            },
            seconds: 4);
    }

    [Fact]
    public void A_rank_that_failed_is_named_with_its_words() => TwoRanks.RunGroup(ranks =>
    {
        if (ranks.Rank == 1)
        {
            ranks.Fail("the loss is NaN");
            return;
        }

        using var tensor = torch.ones([1]);
        var error = Should.Throw<ProcessGroupException>(() => ranks.Sum(tensor));
        error.Message.ShouldBe("rank 0 of 2: rank 1 failed: the loss is NaN");
        error.Peers.ShouldBe([1]);
    });

    [Fact]
    public void So_is_rank_0_though_it_keeps_the_store_and_nobody_was_waiting_in_a_collective() => TwoRanks.RunGroup(ranks =>
    {
        if (ranks.Rank == 0)
            ranks.Fail("the disk is full");
        else
            Should.Throw<ProcessGroupException>(() => ranks.OnFirst("writing", () => { })).Message.ShouldBe("rank 1 of 2: rank 0 failed: the disk is full");
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_rank_that_left_without_a_word_is_named(int leaves) => TwoRanks.RunGroup(ranks =>
    {
        ranks.Any(true);
        if (ranks.Rank == leaves)
            return;
        using var tensor = torch.ones([1]);
        var clock = Stopwatch.StartNew();
        var error = Should.Throw<ProcessGroupException>(() => ranks.Sum(tensor));
        error.Peers.ShouldBe([leaves]);
        error.Message.ShouldContain("gone");
        clock.Elapsed.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(20));
    });

    [Fact]
    public void A_rank_that_lives_but_does_not_take_part_is_no_dead_one() => TwoRanks.RunGroup(
        ranks =>
        {
            ranks.Any(true);
            if (ranks.Rank == 0)
                Should.Throw<ProcessGroupException>(() => ranks.Any(true)).Message.ShouldContain("every rank is alive");
            else
                Thread.Sleep(10000);
        },
        seconds: 4);

    [Fact]
    public void A_rank_that_does_not_come_is_named()
    {
        var port = TwoRanks.FreePort();
        var error = Should.Throw<ProcessGroupException>(() => RankGroup.Connect(TwoRanks.Environment(0, port, seconds: 1)));
        error.Message.ShouldBe("rank 0 of 2: rank 1 did not come within 1 s");
    }

    [Fact]
    public void A_rank_0_that_does_not_come_is_told_by_its_address()
    {
        var port = TwoRanks.FreePort();
        Should.Throw<ProcessGroupException>(() => RankGroup.Connect(TwoRanks.Environment(1, port, seconds: 1)))
            .Message.ShouldBe($"rank 1 of 2: rank 0 was not found at 127.0.0.1:{port} within 1 s");
    }

    [Fact]
    public void Two_processes_of_one_number_are_refused()
    {
        var port = TwoRanks.FreePort();
        using var store = RankStore.Connect(TwoRanks.Environment(0, port).Address, serve: true);
        store.Add("here/1", 1);
        Should.Throw<ProcessGroupException>(() => RankGroup.Connect(TwoRanks.Environment(1, port, seconds: 1))).Message.ShouldContain("rank 1 too");
    }

    [Fact]
    public void One_rank_waits_for_nobody() => RankGroup.Connect(RankEnvironment.Single).ShouldBe(OneRank.Instance);
}
