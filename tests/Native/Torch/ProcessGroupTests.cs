using System.Diagnostics;
using ExpertDivergence.Tests.Native.Modeling.Fused;
using ExpertDivergence.Tests.Native.Training;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Torch;

public sealed class ProcessGroupTests
{
    [Fact]
    public void Sums_are_of_all_ranks_and_stay_where_the_tensors_lie() => TwoRanks.Run((group, _) =>
    {
        using var scope = torch.NewDisposeScope();
        float own = group.Rank + 1;
        var small = torch.tensor(new[] { own, 10 * own }, [2]);
        var turned = torch.tensor(new[] { own, 2 * own, 3 * own, 4 * own }, [2, 2]).transpose(0, 1);
        var wide = torch.tensor(new[] { (double)own }, [1]);

        group.AllReduceSum(small, turned, wide);

        small.ToArray<float>().ShouldBe([3f, 30f]);
        turned.contiguous().ToArray<float>().ShouldBe([3f, 9f, 6f, 12f]);
        wide.item<double>().ShouldBe(3.0);
    });

    [Fact]
    public void Tensors_of_more_than_one_bucket_are_all_summed() => TwoRanks.Run((group, _) =>
    {
        using var scope = torch.NewDisposeScope();
        const int size = (int)(ProcessGroup.BucketBytes / sizeof(float) / 2) + 1;
        var tensors = Enumerable.Range(1, 3).Select(i => torch.full([size], i * (group.Rank + 1.0))).ToArray();

        group.AllReduceSum(tensors);

        for (var i = 0; i < tensors.Length; i++)
            (tensors[i].min().item<double>(), tensors[i].max().item<double>()).ShouldBe((3.0 * (i + 1), 3.0 * (i + 1)));
    });

    [Fact]
    public void A_broadcast_gives_one_rank_s_tensor_to_all() => TwoRanks.Run((group, _) =>
    {
        using var tensor = torch.tensor(new[] { (float)group.Rank }, [1]);
        group.Broadcast(tensor, from: 1);
        tensor.item<double>().ShouldBe(1.0);
    });

    [Fact]
    public void Gathered_tensors_come_in_order_of_rank() => TwoRanks.Run((group, _) =>
    {
        using var scope = torch.NewDisposeScope();
        group.AllGather(torch.tensor(new[] { 5f + group.Rank }, [1])).Select(t => t.item<double>()).ShouldBe([5.0, 6.0]);
    });

    // One tensor is reduced where it lies, several beside it.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_norm_of_summed_gradients_is_that_of_the_sums(int count) => TwoRanks.Run((group, _) =>
    {
        using var scope = torch.NewDisposeScope();
        var gradients = Enumerable.Range(0, count).Select(i => KeptSquares.Backward(KeptSquares.Head(), seed: (ulong)((10 * i) + group.Rank))).ToArray();
        gradients.ShouldAllBe(g => KeptSquares.Of(g) > 0);

        group.AllReduceSum(gradients);

        gradients.ShouldAllBe(g => KeptSquares.Of(g) == -1);
        var exact = Math.Sqrt(gradients.Sum(KeptSquares.Exactly));
        ((double)KeptSquares.Norm(gradients)).ShouldBe(exact, 1e-6 * exact);
    });

    [Fact]
    public void What_a_collective_wrote_into_is_no_longer_what_autograd_saved() => TwoRanks.Run((group, _) =>
    {
        using var scope = torch.NewDisposeScope();
        foreach (var collective in new Action<Tensor>[] { t => group.AllReduceSum(t), t => group.AllReduceSum(t, t.clone()), t => group.Broadcast(t) })
        {
            var factor = torch.ones([3]);
            var product = (torch.ones([3]).requires_grad_() * factor).sum();
            collective(factor);
            Should.Throw<NativeException>(() => product.backward()).Message.ShouldContain("modified by an inplace operation");
        }
    });

    [Fact]
    public void A_rank_that_does_not_take_part_is_an_error_within_the_timeout()
    {
        var clock = Stopwatch.StartNew();
        TwoRanks.Run(
            (group, _) =>
            {
                group.Barrier();
                if (group.Rank == 0)
                {
                    using var tensor = torch.ones([4]);
                    Should.Throw<ProcessGroupException>(() => group.AllReduceSum(tensor)).Message.ShouldStartWith("rank 0 of 2: all-reduce: ");
                }
                else
                {
                    Thread.Sleep(TimeSpan.FromSeconds(4));
                }
            },
            TimeSpan.FromSeconds(2));
        clock.Elapsed.ShouldBeInRange(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_rank_that_left_is_an_error_at_once() => TwoRanks.Run((group, _) =>
    {
        group.Barrier();
        if (group.Rank == 1)
        {
            group.Dispose();
            return;
        }

        using var tensor = torch.ones([4]);
        var clock = Stopwatch.StartNew();
        Should.Throw<ProcessGroupException>(() => group.AllReduceSum(tensor));
        clock.Elapsed.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(15));
    });

    [Fact]
    public void A_store_that_nobody_keeps_is_an_error_within_the_timeout() =>
        Should.Throw<NativeException>(() => RankStore.Connect(new RankAddress("127.0.0.1", TwoRanks.FreePort(), "edl", TimeSpan.FromSeconds(1)), serve: false))
            .Operation.ShouldBe("store");

    [Fact]
    public void What_one_rank_writes_into_the_store_the_other_reads() => TwoRanks.Run((group, store) =>
    {
        store.Has("key").ShouldBeFalse();
        group.Barrier();
        if (group.Rank == 0)
            store.Set("key", "Grüße");
        store.Get("key").ShouldBe("Grüße");
        store.Has("key").ShouldBeTrue();
        store.Add("count", 2);
        group.Barrier();
        store.Add("count", 0).ShouldBe(4);
    });

    [Fact]
    public void An_unknown_backend_is_named() => TwoRanks.Run((group, store) =>
    {
        // Nobody leaves, and takes the store along, while the other is still connecting.
        group.Barrier();
        Should.Throw<ProcessGroupException>(() => ProcessGroup.Connect(store, group.Rank, 2, new RankAddress("127.0.0.1", 1, "x", TimeSpan.FromSeconds(1)), "smoke"))
            .Message.ShouldContain("'smoke'");
    });
}
