using ExpertDivergence.Torch;
using Shouldly;
using Xunit;
using static ExpertDivergence.Torch.torch;

namespace ExpertDivergence.Tests.Native.Torch;

// The live count is one number for the process, so nothing else may make tensors meanwhile.
[CollectionDefinition(nameof(LifetimeTests), DisableParallelization = true)]
[Collection(nameof(LifetimeTests))]
public sealed class LifetimeTests
{
    [Fact]
    public void A_scope_with_forward_and_backward_ends_with_the_count_it_began_with()
    {
        using var w = nn.Parameter(ones(4, 4));
        var before = LiveTensors;
        for (var step = 0; step < 3; step++)
        {
            using var scope = NewDisposeScope();
            var loss = (ones(2, 4).mm(w).silu().log_softmax(-1) * 3).mean();
            loss.backward();
            w.grad!.sum().item<float>();
            LiveTensors.ShouldBeGreaterThan(before);
        }
        LiveTensors.ShouldBe(before);
    }

    [Fact]
    public void What_is_moved_out_survives_the_inner_scope_and_dies_with_the_outer()
    {
        var before = LiveTensors;
        Tensor kept, lost;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                kept = ones(2).MoveToOuterDisposeScope();
                lost = ones(2);
            }
            lost.IsInvalid.ShouldBeTrue();
            kept.sum().item<float>().ShouldBe(2);
        }
        kept.IsInvalid.ShouldBeTrue();
        LiveTensors.ShouldBe(before);
    }

    [Fact]
    public void What_is_detached_outlives_every_scope()
    {
        Tensor kept;
        using (NewDisposeScope()) kept = ones(3).DetachFromDisposeScope();
        kept.sum().item<float>().ShouldBe(3);
        kept.Dispose();
    }

    [Fact]
    public void A_parameter_outlives_the_scope_it_was_made_in()
    {
        Tensor parameter;
        using (NewDisposeScope()) parameter = nn.Parameter(ones(3));
        parameter.requires_grad.ShouldBeTrue();
        parameter.is_leaf.ShouldBeTrue();
        parameter.Dispose();
    }

    [Fact]
    public void Disposing_twice_frees_once()
    {
        var before = LiveTensors;
        var a = ones(2);
        a.Dispose();
        a.Dispose();
        LiveTensors.ShouldBe(before);
    }

    [Fact]
    public void Disposing_early_leaves_the_rest_of_the_scope_alone()
    {
        var before = LiveTensors;
        using (var scope = NewDisposeScope())
        {
            Tensor a = ones(1), b = ones(1), c = ones(1);
            a.Dispose();
            scope.DisposablesCount.ShouldBe(2);
            (b + c).item<float>().ShouldBe(2);
        }
        LiveTensors.ShouldBe(before);
    }

    [Fact]
    public void Use_after_disposal_is_told()
    {
        var a = ones(2);
        a.Dispose();
        Should.Throw<ObjectDisposedException>(() => a + 1).Message.ShouldContain("DisposeScope");
        Should.Throw<ObjectDisposedException>(() => a.shape);
    }

    [Fact]
    public void Closing_an_outer_scope_closes_the_inner_one()
    {
        var before = LiveTensors;
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        ones(1);
        outer.Dispose();
        inner.Dispose();
        LiveTensors.ShouldBe(before);
        var free = ones(1);
        free.IsInvalid.ShouldBeFalse();
        free.Dispose();
    }

    [Fact]
    public void A_failed_call_leaves_nothing_behind()
    {
        using var a = ones(2, 3);
        var before = LiveTensors;
        Should.Throw<NativeException>(() => a.mm(a));
        LiveTensors.ShouldBe(before);
    }

    [Fact]
    public void Results_that_are_lists_are_counted_and_freed()
    {
        var before = LiveTensors;
        using (NewDisposeScope()) arange(6).split(2).Length.ShouldBe(3);
        LiveTensors.ShouldBe(before);
    }
}
