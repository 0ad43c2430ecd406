// T tokens, W width, K top-k.
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>Losses by one operator each against those of libtorch's operators one by one.</summary>
public class NativeLossTests
{
    private const int Layers = 3, Length = 9, Width = 6;
    private static readonly int[] s_lengths = [9, 4, 9, 1];

    public static IEnumerable<TheoryDataRow<string, string, int, bool, ScalarType>> Losses() =>
        from loss in new (string Name, string Formula)[]
        {
            ("orthogonality", "paper"), ("orthogonality", "code_intended"), ("activation_specialisation", "cosine"), ("activation_specialisation", "squared"),
            ("activation_specialisation", "absolute"), ("variance", "paper"), ("variance", "code"), ("cross_layer_coupling", "token"), ("divergence", "jsd"),
            ("divergence", "neg_log_jsd"),
        }
        from topK in new[] { 2, 5 }
        from padded in new[] { false, true }
        from type in new[] { ScalarType.Float64, ScalarType.Float32 }
        select new TheoryDataRow<string, string, int, bool, ScalarType>(loss.Name, loss.Formula, topK, padded, type);

    [Theory]
    [MemberData(nameof(Losses))]
    public void Values_and_gradients_are_those_of_libtorch_s_operators(string name, string formula, int topK, bool padded, ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        var tolerance = type == ScalarType.Float64 ? 1e-11 : 2e-4;
        var (ours, theirs) = (Run(name, formula, topK, padded, type, native: true), Run(name, formula, topK, padded, type, native: false));
        ours.Values.dtype.ShouldBe(type);
        foreach (var (a, b) in new[] { (ours.Values, theirs.Values), (ours.OfLogits, theirs.OfLogits), (ours.OfRows, theirs.OfRows) })
        {
            a.shape.ShouldBe(b.shape);
            Largest(a - b).ShouldBeInRange(0, tolerance * Math.Max(1e-9, Largest(b)));
        }

        (Largest(theirs.OfLogits) + Largest(theirs.OfRows)).ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("orthogonality", "code_intended")]
    [InlineData("activation_specialisation", "cosine")]
    [InlineData("variance", "paper")]
    [InlineData("variance", "code")]
    [InlineData("cross_layer_coupling", "token")]
    [InlineData("divergence", "neg_log_jsd")]
    public void The_number_of_threads_changes_no_bit(string name, string formula) => ThreadCounts.ShouldChangeNoBit(() =>
    {
        var (values, ofLogits, ofRows) = Run(name, formula, 3, padded: true, ScalarType.Float32, native: true, length: 400);
        return [values, ofLogits, ofRows];
    }, threads: 2);

    [Theory]
    [InlineData("paper")]
    [InlineData("token")]
    public void An_expert_that_does_not_exist_is_refused(string formula)
    {
        using var scope = torch.NewDisposeScope();
        var router = Router.FromLogits(torch.zeros([4, 3]), 2, true);
        router.Indices.fill_(3);
        var means = new RoutingMeans([router, router], TrainingBatch.FromRecords(new int[5], [5], [0], [0]));
        ILoss loss = formula == "paper" ? new RoutingVarianceLoss(LossCheck.With(formula)) : new CrossLayerCouplingLoss(LossCheck.With(formula));
        Should.Throw<NativeException>(() => loss.PerLayer(means)).Message.ShouldContain("expert 3 is not one of 3");
    }

    [Fact]
    public void Layers_of_different_sizes_are_refused()
    {
        using var scope = torch.NewDisposeScope();
        RouterOutput one = Router.FromLogits(torch.zeros([4, 3]), 2, true), other = Router.FromLogits(torch.zeros([4, 5]), 2, true);
        var means = new RoutingMeans([one, other], TrainingBatch.FromRecords(new int[5], [5], [0], [0]));
        Should.Throw<NativeException>(() => new RoutingVarianceLoss(LossCheck.With("code")).PerLayer(means)).Message.ShouldContain("all layers' alike");
    }

    private static (Tensor Values, Tensor OfLogits, Tensor OfRows) Run(string name, string formula, int topK, bool padded, ScalarType type, bool native, int length = Length)
    {
        const int experts = 7;
        var sequences = s_lengths.Length;
        using var generator = new Generator(seed: 3);
        Tensor Random(params long[] shape) => torch.randn(shape, generator: generator).to(type).requires_grad_();
        var (logits, rows) = (Random(Layers, sequences * length, experts), Random(Layers, sequences * length, topK, Width));
        var lengths = s_lengths.Select(n => padded && n < Length ? n : length + 1).ToArray();
        var batch = TrainingBatch.FromRecords(new int[sequences * (length + 1)], [.. lengths.Select(n => Math.Max(n, 2))], new int[sequences], [4, 9, 4, 30]);
        var routers = Enumerable.Range(0, Layers).Select(layer => Router.FromLogits(logits.select(0, layer), topK, normalise: false) with
        {
            ExpertOutputs = rows.select(0, layer), Activations = rows.select(0, layer),
        });
        var values = LossRegistry.Create(name, LossCheck.With(formula)).PerLayer(new RoutingMeans([.. routers], batch) { Native = native });
        (values * (torch.arange(values.size(0), dtype: type) + 1.0)).sum().backward();
        return (values.detach(), logits.grad ?? torch.zeros_like(logits), rows.grad ?? torch.zeros_like(rows));
    }

    private static double Largest(Tensor x) => x.to(ScalarType.Float64).abs().max().item<double>();
}
