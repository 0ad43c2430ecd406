using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

public class DivergenceTests
{
    [Fact]
    public void Jsd_is_symmetric_and_between_0_and_ln_2()
    {
        using var scope = torch.NewDisposeScope();
        var (p, q) = (Distributions(200, 6, "p"), Distributions(200, 6, "q"));
        var jsd = Divergence.JensenShannon(p, q);
        jsd.min().item<double>().ShouldBeGreaterThanOrEqualTo(0.0);
        jsd.max().item<double>().ShouldBeInRange(0, Math.Log(2) + 1e-12);
        (jsd - Divergence.JensenShannon(q, p)).abs().max().item<double>().ShouldBeInRange(0, 1e-14);
        Divergence.JensenShannon(p, p).abs().max().item<double>().ShouldBeInRange(0, 1e-14);
    }

    [Fact]
    public void Disjoint_distributions_are_ln_2_apart()
    {
        using var scope = torch.NewDisposeScope();
        var p = torch.tensor(new[] { 0.5, 0.5, 0.0, 0.0 }, [4]);
        var q = torch.tensor(new[] { 0.0, 0.0, 0.25, 0.75 }, [4]);
        Divergence.JensenShannon(p, q).item<double>().ShouldBe(Math.Log(2), 1e-12);
    }

    [Theory]
    [InlineData(new[] { 0, 0, 0, 0, 0, 0 })]
    [InlineData(new[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(new[] { 5, 1, 5, 1, 1, 2 })]
    public void Total_is_between_domains_plus_within_domains(int[] labels)
    {
        using var scope = torch.NewDisposeScope();
        var (total, inter, intra) = Divergence.Decompose(Distributions(6, 8, "sequences"), new DomainPartition(labels));
        total.item<double>().ShouldBeGreaterThan(0.0);
        (inter + intra).item<double>().ShouldBe(total.item<double>(), 1e-12);
        if (labels.Distinct().Count() == 1)
            inter.item<double>().ShouldBe(0.0, 1e-12);
        if (labels.Distinct().Count() == labels.Length)
            intra.item<double>().ShouldBe(0.0, 1e-12);
    }

    [Fact]
    public void Between_two_domains_of_one_size_is_their_jsd()
    {
        using var scope = torch.NewDisposeScope();
        var partition = new DomainPartition([3, 9, 3, 9]);
        var sequences = Distributions(4, 5, "two");
        var pair = Divergence.Pairwise(partition.Average(sequences), partition);
        pair.shape.ShouldBe([1L]);
        Divergence.Decompose(sequences, partition).Inter.item<double>().ShouldBe(pair.item<double>(), 1e-12);
    }

    [Theory]
    [InlineData(2, 5, ScalarType.Float64, 1e-13)]
    [InlineData(9, 16, ScalarType.Float64, 1e-13)]
    [InlineData(49, 12, ScalarType.Float64, 1e-13)]
    [InlineData(6, 16, ScalarType.Float32, 1e-5)]
    public void All_pairs_at_once_have_the_values_and_gradients_of_libtorch_s_operators(int count, int experts, ScalarType type, double tolerance)
    {
        using var scope = torch.NewDisposeScope();
        var partition = new DomainPartition([.. Enumerable.Range(0, count)]);
        var start = Distributions(2 * count, experts, "pairs").view(2, count, experts);
        start[1, 1].copy_(start[1, 0]);
        var weight = torch.arange(2 * partition.Pairs, dtype: ScalarType.Float64).cos().view(2, partition.Pairs).to(type);
        var ((jsd, gradient), (expected, expectedGradient)) = (Run(Divergence.Pairwise), Run(Divergence.PairwiseComposite));
        jsd.shape.ShouldBe(expected.shape);
        (jsd - expected).abs().max().item<double>().ShouldBeInRange(0, tolerance);
        (gradient - expectedGradient).abs().max().item<double>().ShouldBeInRange(0, tolerance);

        (Tensor Values, Tensor Gradient) Run(Func<Tensor, DomainPartition, Tensor> pairwise)
        {
            var domains = start.to(type).detach().clone().requires_grad_();
            var values = pairwise(domains, partition);
            (values * weight).sum().backward();
            return (values.detach(), domains.grad!);
        }
    }

    [Fact]
    public void The_gradient_of_all_pairs_is_the_numerical_one()
    {
        using var scope = torch.NewDisposeScope();
        var partition = new DomainPartition([0, 1, 2, 3]);
        var point = (Distributions(4, 5, "numerical") + 0.01).ToArray<double>();
        var domains = torch.tensor(point, [4, 5], requires_grad: true);
        Weighted(domains).backward();
        GradientCheck.Error(x => Weighted(torch.tensor(x, [4, 5])).item<double>(), point, domains.grad!.ToArray<double>()).ShouldBeInRange(0, 1e-7);

        Tensor Weighted(Tensor x) => (Divergence.Pairwise(x, partition) * (torch.arange(6, dtype: ScalarType.Float64) + 1.0)).sum();
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit_of_all_pairs()
    {
        using var scope = torch.NewDisposeScope();
        var partition = new DomainPartition([.. Enumerable.Range(0, 30)]);
        var start = Distributions(3 * 30, 64, "threads").view(3, 30, 64).to(ScalarType.Float32);
        ThreadCounts.ShouldChangeNoBit(() =>
        {
            var domains = start.detach().clone().requires_grad_();
            var jsd = Divergence.Pairwise(domains, partition);
            jsd.log().sum().backward();
            return [jsd, domains.grad!];
        });
    }

    [Fact]
    public void Averages_weigh_every_sequence_of_a_domain_alike()
    {
        using var scope = torch.NewDisposeScope();
        var sequences = torch.tensor(new[] { 1.0, 0, 0, 1, 0.5, 0.5, 1, 0 }, [4, 2]);
        new DomainPartition([8, 2, 8, 8]).Average(sequences).ToArray<double>().ShouldBe([0.0, 1.0, 2.5 / 3, 0.5 / 3], 1e-12);
    }

    [Fact]
    public void Fewer_than_two_domains_cost_nothing()
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(1, padded: false);
        var batch = TrainingBatch.FromRecords(new int[30], [5, 5, 5, 5, 5, 5], new int[6], new int[6]);
        var loss = new DivergenceLoss(new LossOptions()).PerLayer(new RoutingMeans(routing.Route(routing.LogitsTensor()), batch));
        loss.ToArray<double>().ShouldBe([0.0, 0.0]);
    }

    [Fact]
    public void Equal_domains_give_a_finite_loss_and_gradient()
    {
        using var scope = torch.NewDisposeScope();
        var logits = torch.zeros([24, 5], dtype: ScalarType.Float32).requires_grad_(true);
        var router = Router.Route(logits, torch.eye(5), 2, normalise: true);
        var batch = TrainingBatch.FromRecords(new int[30], [5, 5, 5, 5, 5, 5], [0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, 2]);
        foreach (var precision in new[] { "single", "double" })
        {
            var loss = new DivergenceLoss(new LossOptions { Precision = precision }).PerLayer(new RoutingMeans([router], batch));
            loss.item<double>().ShouldBe(-Math.Log(1e-8), 1e-4);
            loss.sum().backward(retain_graph: true);
            logits.grad!.isfinite().all().item<bool>().ShouldBeTrue();
        }
    }

    [Fact]
    public void Load_balance_is_1_when_balanced_and_E_when_collapsed()
    {
        using var scope = torch.NewDisposeScope();
        var batch = TrainingBatch.FromRecords(new int[5], [5], [0], [0]);
        LoadBalance(torch.eye(4) * 50.0).ShouldBe(1.0, 1e-6);
        LoadBalance(torch.eye(4).select(0, 2).unsqueeze(0).repeat(4, 1) * 50.0).ShouldBe(4.0, 1e-6);

        double LoadBalance(Tensor logits) =>
            new LoadBalancingLoss(new LossOptions()).PerLayer(new RoutingMeans([Router.Route(logits, torch.eye(4), 1, true)], batch)).item<double>();
    }

    // Some entries are exactly 0.
    private static Tensor Distributions(int rows, int experts, string name)
    {
        var random = new KeyedRandom(5, "distributions", name);
        var values = Enumerable.Range(0, rows * experts).Select(_ => random.NextDouble() < 0.2 ? 0.0 : -Math.Log(1.0 - random.NextDouble())).ToArray();
        var raw = torch.tensor(values, [rows, experts]);
        return raw / raw.sum(-1, keepdim: true);
    }
}
