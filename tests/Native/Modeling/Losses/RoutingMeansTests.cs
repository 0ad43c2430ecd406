// B batch, T tokens, E experts, N layers.
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>Sequences' means and counts by the native operator against those of libtorch's operators.</summary>
public sealed class RoutingMeansTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Values_and_gradients_are_those_of_libtorch_s_operators(bool padded)
    {
        var routing = new RoutingCase(4, padded);
        var (native, composite) = (Run(routing, native: true), Run(routing, native: false));
        native.Counts.ToArray<double>().ShouldBe(composite.Counts.ToArray<double>());
        native.Counts.requires_grad.ShouldBeFalse();
        native.Means.ToArray<double>().ShouldBe(composite.Means.ToArray<double>(), 1e-14);
        native.Gradient.ToArray<double>().ShouldBe(composite.Gradient.ToArray<double>(), 1e-14);
    }

    [Fact]
    public void The_gradient_is_the_numerical_one()
    {
        var routing = new RoutingCase(4, padded: true);
        var gradient = Run(routing, native: true).Gradient.ToArray<double>();
        GradientCheck.Error(point => Weighted(Means(routing, routing.LogitsTensor(point), native: true)).item<double>(), routing.Logits, gradient).ShouldBeInRange(0, 1e-7);
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        const int length = 200, experts = 24;
        var ids = torch.zeros([3, length], dtype: ScalarType.Int64);
        var batch = TrainingBatch.FromRecords(new int[3 * (length + 1)], [length + 1, 150, 77], [0, 1, 2], [0, 1, 2]);
        ThreadCounts.ShouldChangeNoBit(() =>
        {
            using var generator = new Generator(seed: 5);
            var logits = torch.randn([2, ids.numel(), experts], generator: generator);

            // From the shares on: libtorch's own softmax need not keep its gradient's bits (2.6 does not).
            RouterOutput[] routers = [.. Enumerable.Range(0, 2).Select(i => Router.FromLogits(logits.select(0, i), 2, true))
                .Select(r => r with { Probabilities = r.Probabilities.detach().requires_grad_() })];
            var means = new RoutingMeans(routers, batch);
            Weighted(means).backward();
            return [means.BySequence("full"), means.CountsBySequence(), .. routers.Select(r => r.Probabilities.grad!)];
        });
    }

    [Fact]
    public void A_layer_of_another_size_is_refused()
    {
        var routing = new RoutingCase(4, padded: false);
        RouterOutput one = Router.FromLogits(torch.zeros([24, 5]), 2, true), other = Router.FromLogits(torch.zeros([24, 6]), 2, true);
        Should.Throw<NativeException>(() => new RoutingMeans([one, other], routing.Batch()).BySequence("full")).Message.ShouldContain("all layers' alike");
    }

    private static (Tensor Means, Tensor Counts, Tensor Gradient) Run(RoutingCase routing, bool native)
    {
        var logits = routing.LogitsTensor();
        var means = Means(routing, logits, native);
        Weighted(means).backward();
        return (means.BySequence("full"), means.CountsBySequence(), logits.grad!);
    }

    private static RoutingMeans Means(RoutingCase routing, Tensor logits, bool native) => new(routing.Route(logits), routing.Batch()) { Native = native };

    private static Tensor Weighted(RoutingMeans means)
    {
        var values = means.BySequence("full");
        return (values * torch.arange(values.numel(), dtype: ScalarType.Float64).sin().to(values.dtype).view(values.shape)).sum();
    }
}
