using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>Losses on what a token's experts say and hold.</summary>
public class ExpertLossTests
{
    private const int Layers = 2, Width = 5;

    public static IEnumerable<TheoryDataRow<string, int, bool>> Orthogonalities() =>
        from formula in new[] { "paper", "code_intended", "code_literal" }
        from topK in new[] { 2, 3, 4 }
        from padded in new[] { false, true }
        select new TheoryDataRow<string, int, bool>(formula, topK, padded);

    [Theory]
    [MemberData(nameof(Orthogonalities))]
    public void Orthogonality_is_right(string formula, int topK, bool padded)
    {
        var experts = new ExpertCase(topK, padded);
        Holds(new ExpertOrthogonalityLoss(LossCheck.With(formula)), experts, topK, (y, layer) => formula switch
        {
            "paper" => experts.Tokens.Average(t => PlainExpertLosses.Pairs(experts.Rows(y, layer, t), 1e-8)),
            "code_intended" => experts.Tokens.Average(t => PlainExpertLosses.Projections(experts.Rows(y, layer, t))) / topK,
            _ => experts.GroupsInExpertOrder(y, layer).Average(PlainExpertLosses.Projections) / topK,
        });
    }

    [Theory]
    [InlineData("cosine", 2, false)]
    [InlineData("cosine", 3, true)]
    [InlineData("squared", 3, false)]
    [InlineData("absolute", 3, true)]
    public void Specialisation_is_right(string formula, int topK, bool padded)
    {
        var experts = new ExpertCase(topK, padded);
        Holds(new ActivationSpecialisationLoss(LossCheck.With(formula)), experts, topK,
            (z, layer) => experts.Tokens.Average(t => PlainExpertLosses.Cosines(experts.Rows(z, layer, t), formula)));
    }

    [Fact]
    public void The_intended_form_is_half_the_paper_s_for_two_experts()
    {
        using var scope = torch.NewDisposeScope();
        var (paper, code) = (Value("paper", 2), Value("code_intended", 2));
        code.ShouldBe(paper / 2, 1e-7 * paper);
        Math.Abs(Value("code_intended", 3) - (Value("paper", 3) / 3)).ShouldBeGreaterThan(1e-3);
    }

    [Fact]
    public void The_literal_form_differs_from_the_intended_one()
    {
        using var scope = torch.NewDisposeScope();
        Math.Abs(Value("code_literal", 2) - Value("code_intended", 2)).ShouldBeGreaterThan(1e-3);
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("code_intended")]
    public void Orthogonal_experts_cost_nothing_and_equal_ones_the_most(string formula)
    {
        using var scope = torch.NewDisposeScope();
        var loss = new ExpertOrthogonalityLoss(LossCheck.With(formula));
        Of(torch.eye(3, 5, dtype: ScalarType.Float64)).ShouldBe(0.0, 1e-12);

        // Each of two pairs a row projects on rows of its own direction: its whole square, 4.
        Of(torch.ones([3, 4], dtype: ScalarType.Float64)).ShouldBe(formula == "paper" ? 24.0 : 4.0, 1e-6);

        double Of(Tensor rows)
        {
            var batch = TrainingBatch.FromRecords(new int[3], [3], [0], [0]);
            var router = Router.Route(torch.zeros([2, 3], dtype: ScalarType.Float64), torch.eye(3, dtype: ScalarType.Float64), 3, true);
            return loss.PerLayer(new RoutingMeans([router with { ExpertOutputs = rows.unsqueeze(0).repeat(2, 1, 1) }], batch)).item<double>();
        }
    }

    [Theory]
    [InlineData("orthogonality")]
    [InlineData("activation_specialisation")]
    public void One_expert_a_token_costs_nothing(string name)
    {
        using var scope = torch.NewDisposeScope();
        var experts = new ExpertCase(1, padded: false);
        var loss = LossRegistry.Create(name, new LossOptions());
        loss.PerLayer(experts.Means(torch.tensor(experts.Point, experts.Shape))).ToArray<double>().ShouldBe([0.0, 0.0]);
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("code_intended")]
    [InlineData("code_literal")]
    public void Rows_of_zeros_and_equal_rows_have_a_finite_gradient(string formula)
    {
        using var scope = torch.NewDisposeScope();
        var experts = new ExpertCase(3, padded: false);
        foreach (var value in new[] { 0.0, 1.0 })
        {
            var y = (torch.zeros(experts.Shape, dtype: ScalarType.Float32) + value).requires_grad_(true);
            new ExpertOrthogonalityLoss(LossCheck.With(formula)).PerLayer(experts.Means(y)).sum().backward();
            y.grad!.isfinite().all().item<bool>().ShouldBeTrue();
        }
    }

    [Fact]
    public void Each_says_what_it_needs_kept()
    {
        new TrainingLoss([LossRegistry.Create("orthogonality", new LossOptions())]).Capture.ShouldBe(RoutingCapture.OutputProducts);
        new TrainingLoss([LossRegistry.Create("orthogonality", LossCheck.With("code_literal"))]).Capture.ShouldBe(RoutingCapture.ExpertOutputs);
        new TrainingLoss([LossRegistry.Create("activation_specialisation", new LossOptions())]).Capture.ShouldBe(RoutingCapture.ActivationProducts);
        new TrainingLoss([LossRegistry.Create("variance", new LossOptions()), LossRegistry.Create("divergence", new LossOptions())]).Capture.ShouldBe(RoutingCapture.None);
    }

    [Fact]
    public void Router_orthogonality_is_right()
    {
        const int experts = 4;
        var routing = new RoutingCase(1, padded: false);
        var loss = new RouterOrthogonalityLoss(new LossOptions());
        LossCheck.Holds(loss, LossCheck.Numbers(Layers * experts * Width, "router"), [Layers, experts, Width],
            w => new RoutingMeans(routing.Route(routing.LogitsTensor()), routing.Batch(), routerWeights: w.unbind()),
            x => [.. Enumerable.Range(0, Layers).Select(layer => PlainExpertLosses.RouterOrthogonality(
                [.. x.Skip(layer * experts * Width).Take(experts * Width).Chunk(Width)]))]);
    }

    [Fact]
    public void Router_orthogonality_goes_from_orthogonal_to_alike()
    {
        using var scope = torch.NewDisposeScope();
        Of(torch.eye(4, 6) * 3.0).ShouldBe(0.0, 1e-6);
        Of(torch.ones([4, 6])).ShouldBe(0.75, 1e-6);

        static double Of(Tensor weight)
        {
            var routing = new RoutingCase(1, padded: false);
            return new RouterOrthogonalityLoss(new LossOptions())
                .PerLayer(new RoutingMeans(routing.Route(routing.LogitsTensor())[..1], routing.Batch(), routerWeights: [weight])).item<double>();
        }
    }

    private static double Value(string formula, int topK)
    {
        var experts = new ExpertCase(topK, padded: false);
        return new ExpertOrthogonalityLoss(LossCheck.With(formula)).PerLayer(experts.Means(torch.tensor(experts.Point, experts.Shape)))[0].item<double>();
    }

    private static void Holds(ILoss loss, ExpertCase experts, int topK, Func<double[], int, double> plainLayer) =>
        LossCheck.Holds(loss, experts.Point, experts.Shape, experts.Means, y => [.. Enumerable.Range(0, Layers).Select(layer => plainLayer(y, layer))]);

    /// <summary>A batch routed by chance, and what its experts said or held.</summary>
    private sealed class ExpertCase(int topK, bool padded)
    {
        private const int Sequences = 2, Length = 3, Experts = 5;
        private readonly double[] _logits = LossCheck.Numbers(Layers * Sequences * Length * Experts, "logits");
        private readonly int[] _lengths = padded ? [2, 3] : [3, 3];

        public long[] Shape { get; } = [Layers, Sequences * Length, topK, Width];

        public double[] Point { get; } = LossCheck.Numbers(Layers * Sequences * Length * topK * Width, "outputs");

        public IEnumerable<int> Tokens => Enumerable.Range(0, Sequences * Length).Where(t => t % Length < _lengths[t / Length]);

        public double[][] Rows(double[] y, int layer, int token) => [.. Enumerable.Range(0, topK).Select(k => Row(y, layer, token, k))];

        // As the released program does it: expert by expert, in it token by token, cut into groups of K.
        public IEnumerable<double[][]> GroupsInExpertOrder(double[] y, int layer)
        {
            var rows = new List<double[]>();
            for (var expert = 0; expert < Experts; expert++)
            {
                foreach (var token in Tokens)
                {
                    var chosen = Chosen(layer, token);
                    for (var k = 0; k < topK; k++)
                    {
                        if (chosen[k] == expert)
                            rows.Add(Row(y, layer, token, k));
                    }
                }
            }

            return rows.Chunk(topK);
        }

        public RoutingMeans Means(Tensor y)
        {
            var identity = torch.eye(Experts, dtype: ScalarType.Float64);
            var logits = torch.tensor(_logits, [Layers, Sequences * Length, Experts]);
            var batch = TrainingBatch.FromRecords(new int[Sequences * (Length + 1)], [.. _lengths.Select(n => n == Length ? Length + 1 : n)], new int[Sequences], new int[Sequences]);
            return new RoutingMeans([.. Enumerable.Range(0, Layers).Select(layer => Router.Route(logits.select(0, layer), identity, topK, true) with
            {
                ExpertOutputs = y.select(0, layer), Activations = y.select(0, layer),
            })], batch);
        }

        private int[] Chosen(int layer, int token)
        {
            var row = _logits.AsSpan((layer * Sequences * Length + token) * Experts, Experts).ToArray();
            return [.. Enumerable.Range(0, Experts).OrderByDescending(e => row[e]).Take(topK)];
        }

        private double[] Row(double[] y, int layer, int token, int k) =>
            y.AsSpan((((layer * Sequences * Length) + token) * topK + k) * Width, Width).ToArray();
    }
}
