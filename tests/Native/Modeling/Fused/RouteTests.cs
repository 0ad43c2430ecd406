// T tokens, E experts, K top-k.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>The fused routing against the same made of libtorch's operators in double.</summary>
public sealed class RouteTests
{
    private const int Tokens = 131;

    [Theory]
    [InlineData(16, 2, true)]
    [InlineData(16, 2, false)]
    [InlineData(5, 1, true)]
    [InlineData(33, 6, true)]
    [InlineData(3, 3, false)]
    public void It_is_the_composite_to_rounding(int experts, int topK, bool normalise)
    {
        using var scope = torch.NewDisposeScope();
        var (ours, exact) = (Logits(experts), Logits(experts).detach().to(ScalarType.Float64).requires_grad_());
        var a = FusedOperators.Route(ours, null, topK, normalise, sigmoid: false);
        var b = Router.FromLogits(exact, topK, normalise);
        Weighted(a).backward();
        Weighted(b).backward();

        a.Indices.ToArray<long>().ShouldBe(b.Indices.ToArray<long>());
        Error(a.Probabilities, b.Probabilities).ShouldBeInRange(0, 1e-6);
        Error(a.Weights, b.Weights).ShouldBeInRange(0, 1e-6);
        Error(ours.grad!, exact.grad!).ShouldBeInRange(0, 2e-6);
    }

    [Fact]
    public void A_gradient_of_the_weights_alone_is_enough()
    {
        using var scope = torch.NewDisposeScope();
        var (ours, exact) = (Logits(8), Logits(8).detach().to(ScalarType.Float64).requires_grad_());
        Ramp(FusedOperators.Route(ours, null, 2, true, sigmoid: false).Weights).backward();
        Ramp(Router.FromLogits(exact, 2, true).Weights).backward();
        Error(ours.grad!, exact.grad!).ShouldBeInRange(0, 2e-6);
    }

    [Fact]
    public void Equal_scores_go_to_the_lower_numbers_and_scores_that_are_no_numbers_to_existing_experts()
    {
        using var scope = torch.NewDisposeScope();
        FusedOperators.Route(torch.zeros([1, 5]), null, 3, true, false).Indices.ToArray<long>().ShouldBe([0L, 1, 2]);
        FusedOperators.Route(torch.full([1, 5], float.NaN), null, 3, true, false).Indices.ToArray<long>().ShouldAllBe(e => e >= 0 && e < 5);
    }

    [Fact]
    public void More_experts_a_token_than_there_are_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        Should.Throw<NativeException>(() => FusedOperators.Route(torch.zeros([2, 3]), null, 4, true, false)).Message.ShouldContain("top 4 of 3");
    }

    private static Tensor Logits(int experts)
    {
        using var generator = new Generator(seed: 11);
        return (torch.randn([Tokens, experts], generator: generator) * 2.0).requires_grad_();
    }

    private static Tensor Weighted(RouterOutput routing) => Ramp(routing.Probabilities) + Ramp(routing.Weights);

    private static Tensor Ramp(Tensor values) => (values * torch.arange(values.numel(), dtype: ScalarType.Float64).sin().to(values.dtype).view(values.shape)).sum();

    private static double Error(Tensor a, Tensor b) => (a.to(ScalarType.Float64) - b).norm().item<double>() / b.norm().item<double>();
}
