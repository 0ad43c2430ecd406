// T tokens, D model, E experts.
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>The fused norm and router against the same made of libtorch's operators in double.</summary>
public sealed class NormRouterTests
{
    private const double Epsilon = 1e-6, Tolerance = 1e-6;

    public static TheoryData<int, int, int> Shapes => new() { { 1, 16, 1 }, { 37, 48, 3 }, { 300, 64, 16 }, { 129, 32, 20 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void It_is_the_composite_to_rounding(int tokens, int dim, int experts) => Compare(tokens, dim, experts, true, true);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_result_that_no_loss_uses_may_go_without_gradient(bool ofNormed, bool ofLogits) => Compare(37, 48, 5, ofNormed, ofLogits);

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        using var scope = torch.NewDisposeScope();
        ThreadCounts.ShouldChangeNoBit(() => Run(ScalarType.Float32, 700, 64, 6));
    }

    [Fact]
    public void Without_gradient_the_results_belong_to_no_graph()
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = torch.ones([4, 16]).requires_grad_(), norm = torch.ones([16]), router = torch.ones([3, 16]);
        FusedOperators.NormRouter(x, norm, router, Epsilon).Logits.requires_grad.ShouldBeTrue();
        using var noGrad = torch.no_grad();
        FusedOperators.NormRouter(x, norm, router, Epsilon).Logits.requires_grad.ShouldBeFalse();
    }

    [Theory]
    [InlineData(24, 24, "multiple of 16")]
    [InlineData(32, 16, "router")]
    public void Shapes_that_do_not_fit_are_refused(int dim, int routerDim, string told)
    {
        using var scope = torch.NewDisposeScope();
        Should.Throw<NativeException>(() => FusedOperators.NormRouter(torch.ones([4, dim]), torch.ones([dim]), torch.ones([3, routerDim]), Epsilon))
            .Message.ShouldContain(told);
    }

    private static void Compare(int tokens, int dim, int experts, bool ofNormed, bool ofLogits)
    {
        using var scope = torch.NewDisposeScope();
        var ours = Run(ScalarType.Float32, tokens, dim, experts, ofNormed, ofLogits);
        var exact = Run(ScalarType.Float64, tokens, dim, experts, ofNormed, ofLogits);
        for (var i = 0; i < ours.Length; i++)
        {
            var (size, error) = (exact[i].norm().item<double>(), (ours[i].to(ScalarType.Float64) - exact[i]).norm().item<double>());
            (size == 0 ? error : error / size).ShouldBeInRange(0, Tolerance, $"result {i}");
        }
    }

    // Fused in single precision, by libtorch's operators in double: normed, logits, then the gradients of x, norm and router.
    private static Tensor[] Run(ScalarType type, int tokens, int dim, int experts, bool ofNormed = true, bool ofLogits = true)
    {
        using var generator = new Generator(seed: 11);
        Tensor Random(params long[] shape) => torch.randn(shape, generator: generator).to(type);
        Tensor x = Random(tokens, dim).requires_grad_(), norm = Random(dim).requires_grad_(), router = Random(experts, dim).requires_grad_();
        Tensor toNormed = Random(tokens, dim), toLogits = Random(tokens, experts);
        var (normed, logits) = type == ScalarType.Float32 ? FusedOperators.NormRouter(x, norm, router, Epsilon) : Composite();
        var loss = torch.zeros([], dtype: type);
        if (ofNormed)
            loss += (normed * toNormed).sum();
        if (ofLogits)
            loss += (logits * toLogits).sum();
        loss.backward();
        return [normed, logits, .. new[] { x, norm, router }.Select(leaf => leaf.grad ?? torch.zeros_like(leaf))];

        (Tensor, Tensor) Composite()
        {
            var h = RmsNorm.Apply(x, norm, Epsilon);
            return (h, torch.nn.functional.linear(h, router));
        }
    }
}
