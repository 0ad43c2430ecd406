// T tokens, D model, E experts, K top-k, F expert width.
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>The fused experts against the loop over experts in double.</summary>
public sealed class ExpertsTests
{
    // In fp32 sums differ in their order only; bf16 rounds operands to 8 bits, 2⁻⁹ at most each.
    private const double Fp32 = 3e-6, Bf16 = 1e-2;
    private const RoutingCapture Both = RoutingCapture.ExpertOutputs | RoutingCapture.Activations;
    private const RoutingCapture Products = RoutingCapture.OutputProducts | RoutingCapture.ActivationProducts;

    // T, D, F, E, K, experts that tokens may go to (null: all).
    public static TheoryData<int, int, int, int, int, int[]?> Shapes => new()
    {
        { 23, 16, 16, 3, 1, null },
        { 37, 48, 80, 5, 2, new[] { 0, 2, 4 } },
        { 301, 64, 32, 4, 1, new[] { 2 } },
        { 1, 16, 32, 2, 2, null },
        { 333, 64, 96, 7, 3, null },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_fp32_they_are_the_loop_to_rounding(int tokens, int dim, int width, int experts, int topK, int[]? allowed) =>
        Compare(tokens, dim, width, experts, topK, allowed, Precision.Fp32, Fp32);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_bf16_they_are_the_loop_to_the_rounding_of_operands(int tokens, int dim, int width, int experts, int topK, int[]? allowed) =>
        Compare(tokens, dim, width, experts, topK, allowed, Precision.Bf16, Bf16);

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, false, true)]
    public void A_result_that_no_loss_uses_may_go_without_gradient(bool output, bool outputs, bool activations)
    {
        foreach (var capture in new[] { Both, Products, Both | Products })
        {
            using var scope = torch.NewDisposeScope();
            ExpertsCase fused = new(37, 32, 48, 4, 2), loop = new(37, 32, 48, 4, 2, type: ScalarType.Float64);
            Compare(fused.Backward(fused.Fused(Precision.Fp32, capture), output, outputs, activations), loop.Backward(loop.Loop(capture), output, outputs, activations), Fp32);
        }
    }

    [Theory]
    [InlineData(RoutingCapture.None)]
    [InlineData(RoutingCapture.ExpertOutputs)]
    [InlineData(RoutingCapture.Activations)]
    [InlineData(RoutingCapture.OutputProducts)]
    [InlineData(RoutingCapture.ActivationProducts)]
    public void Capturing_changes_no_output(RoutingCapture capture)
    {
        using var scope = torch.NewDisposeScope();
        var one = new ExpertsCase(50, 32, 32, 4, 2);
        var (with, without) = (one.Fused(Precision.Bf16, capture), one.Fused(Precision.Bf16, RoutingCapture.None));
        with.Output.ToArray<float>().ShouldBe(without.Output.ToArray<float>());
        (with.ExpertOutputs is not null).ShouldBe(capture.HasFlag(RoutingCapture.ExpertOutputs));
        (with.Activations is not null).ShouldBe(capture.HasFlag(RoutingCapture.Activations));
        (with.OutputProducts is not null).ShouldBe(capture.HasFlag(RoutingCapture.OutputProducts));
        (with.ActivationProducts is not null).ShouldBe(capture.HasFlag(RoutingCapture.ActivationProducts));
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void The_number_of_threads_changes_no_bit(Precision precision)
    {
        using var scope = torch.NewDisposeScope();
        ThreadCounts.ShouldChangeNoBit(() =>
        {
            var c = new ExpertsCase(401, 64, 48, 5, 2);
            return [.. c.Backward(c.Fused(precision, Both | Products)).Select(x => x.Value)];
        });
    }

    [Fact]
    public void An_expert_without_tokens_has_no_gradient()
    {
        using var scope = torch.NewDisposeScope();
        var c = new ExpertsCase(20, 16, 16, 3, 1, allowed: [0, 2]);
        c.Backward(c.Fused(Precision.Bf16, RoutingCapture.None));
        c.GateUp.grad![1].abs().max().item<float>().ShouldBe(0f);
        c.Down.grad![1].abs().max().item<float>().ShouldBe(0f);
        c.Down.grad![2].abs().max().item<float>().ShouldBeGreaterThan(0f);
    }

    [Fact]
    public void Without_gradient_the_output_is_the_same_and_belongs_to_no_graph()
    {
        using var scope = torch.NewDisposeScope();
        var c = new ExpertsCase(45, 32, 32, 4, 2);
        var with = c.Fused(Precision.Bf16, RoutingCapture.None).Output;
        using var noGrad = torch.no_grad();
        var without = c.Fused(Precision.Bf16, RoutingCapture.None).Output;
        without.ToArray<float>().ShouldBe(with.ToArray<float>());
        with.requires_grad.ShouldBeTrue();
        without.requires_grad.ShouldBeFalse();
    }

    [Fact]
    public void Frozen_weights_get_no_gradient_and_the_rest_is_the_same()
    {
        using var scope = torch.NewDisposeScope();
        ExpertsCase all = new(45, 32, 32, 4, 2), frozen = new(45, 32, 32, 4, 2);
        frozen.GateUp.requires_grad_(false);
        frozen.Down.requires_grad_(false);
        var (a, b) = (all.Backward(all.Fused(Precision.Bf16, Both | Products)), frozen.Backward(frozen.Fused(Precision.Bf16, Both | Products)));
        frozen.GateUp.grad.ShouldBeNull();
        for (var i = 0; i < 8; i++)
            b[i].Value.ToArray<float>().ShouldBe(a[i].Value.ToArray<float>(), a[i].Name);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-1)]
    public void An_expert_that_does_not_exist_is_refused(int expert)
    {
        using var scope = torch.NewDisposeScope();
        var c = new ExpertsCase(5, 16, 16, 4, 2);
        c.Indices.select(0, 3).fill_(expert);
        Should.Throw<NativeException>(() => c.Fused(Precision.Fp32, RoutingCapture.None)).Message.ShouldContain($"token 3 chose expert {expert}");
    }

    [Fact]
    public void Widths_that_fill_no_vector_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        Should.Throw<NativeException>(() => new ExpertsCase(5, 24, 16, 4, 2).Fused(Precision.Fp32, RoutingCapture.None)).Message.ShouldContain("multiples of 16");
    }

    [Fact]
    public void Products_of_more_rows_than_there_is_room_for_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        var c = new ExpertsCase(2, 16, 16, 70, 65);
        Should.Throw<NativeException>(() => c.Fused(Precision.Fp32, RoutingCapture.OutputProducts)).Message.ShouldContain("at most 64 rows");
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        var c = new ExpertsCase(5, 16, 16, 4, 2);
        foreach (var wrong in new[]
        {
            new ExpertsCase(5, 16, 16, 4, 2) { Weights = c.Weights.narrow(1, 0, 1).contiguous() },
            new ExpertsCase(5, 16, 16, 4, 2) { Indices = c.Indices.narrow(0, 0, 4) },
            new ExpertsCase(5, 16, 16, 4, 2) { Down = torch.ones([4, 16, 32]) },
        })
        {
            Should.Throw<NativeException>(() => wrong.Fused(Precision.Fp32, RoutingCapture.None));
        }
    }

    private static void Compare(int tokens, int dim, int width, int experts, int topK, int[]? allowed, Precision precision, double tolerance)
    {
        foreach (var capture in new[] { RoutingCapture.None, RoutingCapture.ExpertOutputs, RoutingCapture.Activations, Both, RoutingCapture.OutputProducts, RoutingCapture.ActivationProducts, Both | Products })
        {
            using var scope = torch.NewDisposeScope();
            ExpertsCase fused = new(tokens, dim, width, experts, topK, allowed), loop = new(tokens, dim, width, experts, topK, allowed, ScalarType.Float64);
            Compare(fused.Backward(fused.Fused(precision, capture)), loop.Backward(loop.Loop(capture)), tolerance);
        }
    }

    private static void Compare((string Name, Tensor Value)[] ours, (string Name, Tensor Value)[] exact, double tolerance)
    {
        foreach (var ((name, value), (_, expected)) in ours.Zip(exact))
        {
            var (size, error) = (expected.norm().item<double>(), (value.to(ScalarType.Float64) - expected).norm().item<double>());
            (size == 0 ? error : error / size).ShouldBeInRange(0, tolerance, name);
        }
    }
}
