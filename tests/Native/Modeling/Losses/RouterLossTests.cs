using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>Losses on where tokens go, from the routers' logits.</summary>
public class RouterLossTests
{
    /// <summary>Losses on routing alone: name, formula, granularity.</summary>
    public static TheoryData<string, string, string?> OnRouting => new()
    {
        { "load_balance", "switch", "micro_batch" },
        { "load_balance", "switch", "sequence" },
        { "z_loss", "log_sum_exp", null },
        { "variance", "paper", null },
        { "variance", "code", null },
        { "cross_layer_coupling", "token", null },
        { "cross_layer_coupling", "path", null },
        { "divergence", "neg_log_jsd", "micro_batch" },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Z_loss_is_right(bool padded) => Holds(new RouterZLoss(new LossOptions()), padded, (plain, x, layer) => plain.ZLoss(x, layer));

    [Theory]
    [InlineData("paper", false)]
    [InlineData("paper", true)]
    [InlineData("code", false)]
    [InlineData("code", true)]
    public void Variance_is_right(string formula, bool padded) =>
        Holds(new RoutingVarianceLoss(LossCheck.With(formula)), padded, (plain, x, layer) => formula == "paper" ? plain.PaperVariance(x, layer) : plain.CodeVariance(x, layer));

    [Theory]
    [InlineData("micro_batch", false)]
    [InlineData("micro_batch", true)]
    [InlineData("sequence", false)]
    [InlineData("sequence", true)]
    [InlineData("global_batch", false)]
    [InlineData("global_batch", true)]
    public void Load_balance_is_right_at_every_granularity(string granularity, bool padded) =>
        Holds(new LoadBalancingLoss(LossCheck.With("switch", granularity)), padded, (plain, x, layer) => granularity == "sequence" ? plain.LoadBalanceBySequence(x, layer) : plain.LoadBalance(x, layer));

    [Theory]
    [InlineData("micro_batch", false)]
    [InlineData("micro_batch", true)]
    [InlineData("sequence", false)]
    [InlineData("sequence", true)]
    public void Load_balance_by_one_operator_is_that_of_libtorch_s(string granularity, bool padded)
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(6, padded);
        var loss = new LoadBalancingLoss(LossCheck.With("switch", granularity));
        var (native, composite) = (Run(true), Run(false));
        native.Values.ShouldBe(composite.Values, 1e-14);
        native.Gradient.ShouldBe(composite.Gradient, 1e-14);

        (double[] Values, double[] Gradient) Run(bool native)
        {
            var logits = routing.LogitsTensor();
            var perLayer = loss.PerLayer(new RoutingMeans(routing.Route(logits), routing.Batch()) { Native = native });
            (perLayer * torch.tensor(new[] { 1.0, 2.0 }, [2])).sum().backward();
            return (perLayer.ToArray<double>(), logits.grad!.ToArray<double>());
        }
    }

    [Theory]
    [InlineData("token", false)]
    [InlineData("token", true)]
    [InlineData("path", false)]
    [InlineData("path", true)]
    public void Coupling_is_right(string formula, bool padded) =>
        Holds(new CrossLayerCouplingLoss(LossCheck.With(formula)), padded, (plain, x, layer) => plain.Coupling(x, layer, formula), values: 1);

    [Fact]
    public void Coupling_of_one_layer_is_0()
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(1, padded: false);
        var loss = new CrossLayerCouplingLoss(new LossOptions());
        loss.PerLayer(new RoutingMeans(routing.Route(routing.LogitsTensor())[..1], routing.Batch())).ToArray<double>().ShouldBe([0.0]);
        loss.Values(1).ShouldBe(1);
        loss.Values(4).ShouldBe(3);
    }

    [Theory]
    [MemberData(nameof(OnRouting))]
    public void Numbering_experts_otherwise_changes_nothing(string name, string formula, string? granularity)
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(4, padded: true);
        var loss = LossRegistry.Create(name, LossCheck.With(formula, granularity));
        var logits = routing.LogitsTensor().detach();
        var order = torch.tensor(new long[] { 3, 0, 4, 1, 2 }, [5]);
        var expected = loss.PerLayer(new RoutingMeans(routing.Route(logits), routing.Batch())).ToArray<double>();
        loss.PerLayer(new RoutingMeans(routing.Route(logits.index_select(-1, order)), routing.Batch())).ToArray<double>().ShouldBe(expected, 1e-12);
    }

    [Theory]
    [MemberData(nameof(OnRouting))]
    public void Every_sequence_twice_and_tokens_in_another_order_change_nothing(string name, string formula, string? granularity)
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(4, padded: false);
        var loss = LossRegistry.Create(name, LossCheck.With(formula, granularity));
        var logits = routing.LogitsTensor().detach();
        var expected = loss.PerLayer(new RoutingMeans(routing.Route(logits), routing.Batch())).ToArray<double>();

        var turned = logits.view(2, 6, 4, 5).flip(2).repeat(1, 2, 1, 1).view(2, 48, 5);
        var batch = TrainingBatch.FromRecords(new int[60], [.. Enumerable.Repeat(5, 12)], [.. routing.Domain3, .. routing.Domain3], [.. routing.Domain49, .. routing.Domain49]);
        loss.PerLayer(new RoutingMeans(routing.Route(turned), batch)).ToArray<double>().ShouldBe(expected, 1e-12);
    }

    [Fact]
    public void Variances_keep_their_bounds()
    {
        using var scope = torch.NewDisposeScope();
        var batch = TrainingBatch.FromRecords(new int[9], [9], [0], [0]);
        var (paper, code) = (new RoutingVarianceLoss(LossCheck.With("paper")), new RoutingVarianceLoss(LossCheck.With("code")));
        var sure = torch.eye(4, dtype: ScalarType.Float64).repeat(2, 1) * 60.0;
        var alike = torch.zeros([8, 4], dtype: ScalarType.Float64) + torch.tensor(new[] { 60.0, 0, 0, 0 }, [4]);

        // One expert a token, all experts alike often: the largest of both. All tokens alike: only the code's sees a variance.
        Value(paper, sure).ShouldBe(-0.25 * 0.75, 1e-9);
        Value(code, sure).ShouldBe(-0.25, 1e-9);
        Value(paper, alike).ShouldBe(0.0, 1e-9);
        Value(code, alike).ShouldBe(-0.25, 1e-9);
        Value(code, sure * 0.0).ShouldBe(0.0, 1e-12);

        double Value(ILoss loss, Tensor logits) =>
            loss.PerLayer(new RoutingMeans([Router.Route(logits, torch.eye(4, dtype: ScalarType.Float64), 1, true)], batch)).item<double>();
    }

    [Fact]
    public void Global_loads_are_those_of_the_micro_batches_so_far()
    {
        using var scope = torch.NewDisposeScope();
        using var shared = new StepScope(new TwoRanks(1.0));
        var loss = new LoadBalancingLoss(LossCheck.With("switch", "global_batch"));
        var batch = TrainingBatch.FromRecords(new int[5], [5], [0], [0]);
        var eye = torch.eye(4, dtype: ScalarType.Float64);

        // All to one expert, then all to another: each alone is as unbalanced as can be, together they fill two of four.
        double Value(int expert) => loss.PerLayer(new RoutingMeans([Router.Route(eye.select(0, expert).repeat(4, 1) * 60.0, eye, 1, true)], batch, shared)).item<double>();
        Value(1).ShouldBe(4.0, 1e-9);
        Value(2).ShouldBe(2.0, 1e-9);
        shared.Clear();
        Value(2).ShouldBe(4.0, 1e-9);
    }

    private static void Holds(ILoss loss, bool padded, Func<PlainLosses, double[], int, double> plainLayer, int values = RoutingCase.Layers)
    {
        var routing = new RoutingCase(3, padded);
        var plain = new PlainLosses(routing);
        LossCheck.Holds(loss, routing.Logits, [RoutingCase.Layers, routing.Sequences * routing.Length, routing.Experts],
            logits => new RoutingMeans(routing.Route(logits), routing.Batch()),
            x => [.. Enumerable.Range(0, values).Select(layer => plainLayer(plain, x, layer))]);
    }
}
