// T tokens, D model, E experts, K top-k.
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>The fused norm, router and routing against the same made of libtorch's operators in double.</summary>
public sealed class RouterTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1, 16, 1, 1)]
    [InlineData(37, 48, 3, 3)]
    [InlineData(300, 64, 16, 2)]
    [InlineData(129, 32, 20, 6)]
    [InlineData(131, 16, 33, 1)]
    public void It_is_the_composite_to_rounding(int tokens, int dim, int experts, int topK) => Compare(new RouterCase(tokens, dim, experts, topK));

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void So_it_is_with_weights_as_they_are_sigmoids_and_biases(bool normalise, bool sigmoid, bool biased) =>
        Compare(new RouterCase(150, 32, 18, 4) { Normalise = normalise, Sigmoid = sigmoid, Biased = biased });

    [Theory]
    [InlineData("stream")]
    [InlineData("normed")]
    [InlineData("logits")]
    [InlineData("probabilities")]
    [InlineData("weights")]
    public void One_result_s_gradient_alone_is_enough(string only) => Compare(new RouterCase(37, 48, 5, 2) { Only = only });

    [Fact]
    public void The_number_of_threads_changes_no_bit() => ThreadCounts.ShouldChangeNoBit(() => new RouterCase(700, 64, 6, 2).Fused());

    [Fact]
    public void The_stream_goes_through_as_it_is()
    {
        var x = torch.randn([4, 16]);
        Router(x, 3, 1).Stream.ToArray<float>().ShouldBe(x.ToArray<float>());
    }

    [Fact]
    public void Without_gradient_the_results_belong_to_no_graph()
    {
        var x = torch.ones([4, 16]).requires_grad_();
        Router(x, 3, 1).Routing.Logits.requires_grad.ShouldBeTrue();
        using var noGrad = torch.no_grad();
        Router(x, 3, 1).Routing.Logits.requires_grad.ShouldBeFalse();
        Router(x, 3, 1).Stream.requires_grad.ShouldBeFalse();
    }

    [Fact]
    public void Equal_scores_go_to_the_lower_numbers_and_scores_that_are_no_numbers_to_existing_experts()
    {
        Router(torch.ones([1, 16]), 20, 3).Routing.Indices.ToArray<long>().ShouldBe([0L, 1, 2]);
        Router(torch.full([1, 16], float.NaN), 20, 3).Routing.Indices.ToArray<long>().ShouldBe([0L, 1, 2]);
    }

    [Theory]
    [InlineData(24, 24, 1, "multiple of 16")]
    [InlineData(32, 16, 1, "router")]
    [InlineData(16, 16, 4, "top 4 of 3")]
    public void Shapes_that_do_not_fit_are_refused(int dim, int routerDim, int topK, string told) => Should.Throw<NativeException>(() =>
        FusedOperators.Router(torch.ones([4, dim]), torch.ones([dim]), torch.ones([3, routerDim]), null, RouterCase.Epsilon, topK, true, false)).Message.ShouldContain(told);

    private static (Tensor Stream, Tensor Normed, RouterOutput Routing) Router(Tensor x_TD, int experts, int topK) =>
        FusedOperators.Router(x_TD, torch.ones([x_TD.size(1)]), torch.ones([experts, x_TD.size(1)]), null, RouterCase.Epsilon, topK, normalise: true, sigmoid: false);

    private static void Compare(RouterCase given)
    {
        var (ours, exact) = (given.Fused(), given.Composite());
        given.Indices[0].ShouldBe(given.Indices[1]);
        for (var i = 0; i < ours.Count; i++)
        {
            var (size, error) = (exact[i].norm().item<double>(), (ours[i].to(ScalarType.Float64) - exact[i]).norm().item<double>());
            (size == 0 ? error : error / size).ShouldBeInRange(0, 3e-6, $"result {i}");
        }
    }
}
