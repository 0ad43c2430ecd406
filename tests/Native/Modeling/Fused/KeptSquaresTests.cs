using System.Runtime.CompilerServices;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>When what was noted of a gradient's squares holds: as long as the gradient is what the kernel wrote.</summary>
public sealed class KeptSquaresTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    /// <summary>Ways to write into a gradient after the backward pass.</summary>
    public static TheoryData<string> Writes => [.. s_writes.Keys];

    private static readonly Dictionary<string, Action<Tensor>> s_writes = new()
    {
        ["in place"] = g => g.mul_(2),
        ["in place, without history"] = g =>
        {
            using var noGrad = torch.no_grad();
            g.mul_(2);
        },
        ["with others"] = g => torch._foreach_mul_([torch.ones([3]), g], 2),
        ["through another tensor"] = g => g.detach().add_(1),
        ["through a part"] = g => g.narrow(0, 3, 5).fill_(4),
        ["through another shape"] = g => g.view(-1).mul_(3),
        ["copied over"] = g => g.copy_(torch.ones_like(g)),
        ["where it lies"] = g => g.data<float>()[7] = 300,
        ["byte by byte"] = g => g.bytes[..4096].Clear(),
        ["by a part where it lies"] = g => g.narrow(0, 2, 4).data<float>().Fill(-3),
        ["where another tensor lies"] = g => g.alias().data<float>()[0] = float.NaN,
    };

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Writes))]
    public void A_gradient_that_was_written_to_is_read(string how)
    {
        var gradient = KeptSquares.Backward(KeptSquares.Head());
        var before = KeptSquares.Norm(gradient);
        s_writes[how](gradient);
        KeptSquares.Of(gradient).ShouldBe(-1);
        ShouldBeTheNorm(gradient);
        KeptSquares.Norm(gradient).ShouldNotBe(before);
    }

    [Fact]
    public void To_read_a_gradient_changes_nothing()
    {
        var gradient = KeptSquares.Backward(KeptSquares.Head());
        var before = KeptSquares.Of(gradient);
        before.ShouldBeGreaterThan(0);
        gradient.ToArray<float>().ShouldContain(x => x != 0);
        gradient.abs().sum().item<float>().ShouldBeGreaterThan(0);
        KeptSquares.Of(gradient).ShouldBe(before);
        KeptSquares.Of(gradient.view(-1)).ShouldBe(before);
    }

    [Fact]
    public void A_part_of_a_gradient_is_read()
    {
        var gradient = KeptSquares.Backward(KeptSquares.Head());
        foreach (var part in new[] { gradient.narrow(0, 0, 7), gradient.narrow(0, 5, 7) })
        {
            KeptSquares.Of(part).ShouldBe(-1);
            ShouldBeTheNorm(part);
        }
    }

    [Fact]
    public void Two_micro_batches_are_read()
    {
        var head = KeptSquares.Head();
        var first = (double)KeptSquares.Norm(KeptSquares.Backward(head));
        var sum = KeptSquares.Backward(head, seed: 3);
        KeptSquares.Of(sum).ShouldBe(-1);
        ShouldBeTheNorm(sum);
        ((double)KeptSquares.Norm(sum)).ShouldBeGreaterThan(first);
    }

    [Fact]
    public void A_weight_that_is_used_twice_is_read()
    {
        var head = KeptSquares.Head();
        (KeptSquares.Loss(head) + KeptSquares.Loss(head, seed: 3)).backward();
        KeptSquares.Of(head.grad!).ShouldBe(-1);
        ShouldBeTheNorm(head.grad!);
    }

    [Fact]
    public void After_a_scale_that_was_not_foreseen_a_head_is_read()
    {
        var foreseen = KeptSquares.Backward(KeptSquares.Head(), scale: 0.25, asked: 0.25);
        var other = KeptSquares.Backward(KeptSquares.Head(), scale: 1, asked: 0.25);
        KeptSquares.Of(foreseen).ShouldBeGreaterThan(0);
        KeptSquares.Of(other).ShouldBe(-1);
        ShouldBeTheNorm(other);
        ((double)KeptSquares.Norm(other)).ShouldBe(KeptSquares.Norm(foreseen), 1e-5 * KeptSquares.Norm(foreseen));
    }

    // To ask where a gradient lies is to be able to write there: only every other round does, to see that the memory comes back.
    [Fact]
    public void Memory_that_was_freed_and_given_out_again_is_read()
    {
        const int vocabulary = 700, dim = 64;
        var again = 0;
        for (var round = 0; round < 8; round++)
        {
            var place = Freed(asked: round % 2 == 0);
            using var inner = torch.NewDisposeScope();
            var others = Enumerable.Range(0, 20).Select(_ => torch.full([vocabulary, dim], 2.0)).ToArray();
            foreach (var other in others)
            {
                KeptSquares.Of(other).ShouldBe(-1);
                KeptSquares.Norm(other).ShouldBe(MathF.Sqrt(4f * vocabulary * dim));
            }

            again += others.Count(o => Place(o) == place);
        }

        again.ShouldBeGreaterThan(0);

        static nint Freed(bool asked)
        {
            using var scope = torch.NewDisposeScope();
            var gradient = KeptSquares.Backward(KeptSquares.Head(vocabulary, dim), tokens: 20);
            KeptSquares.Of(gradient).ShouldBeGreaterThan(0);
            return asked ? Place(gradient) : 0;
        }

        static nint Place(Tensor tensor) => Unsafe.ByteOffset(ref Unsafe.NullRef<float>(), ref tensor.data<float>()[0]);
    }

    [Fact]
    public void Gradients_that_come_and_go_leave_the_others_known()
    {
        var stays = KeptSquares.Backward(KeptSquares.Head());
        var before = KeptSquares.Of(stays);
        for (var i = 0; i < 50; i++)
        {
            using var inner = torch.NewDisposeScope();
            KeptSquares.Of(KeptSquares.Backward(KeptSquares.Head(vocabulary: 40 + i, dim: 16), tokens: 5)).ShouldBeGreaterThan(0);
        }

        KeptSquares.Of(stays).ShouldBe(before);
    }

    private static void ShouldBeTheNorm(Tensor gradient)
    {
        var (norm, exact) = ((double)KeptSquares.Norm(gradient), Math.Sqrt(KeptSquares.Exactly(gradient)));
        if (double.IsNaN(exact))
            norm.ShouldBe(double.NaN);
        else
            norm.ShouldBe(exact, 1e-6 * exact);
    }
}
