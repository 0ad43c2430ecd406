using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>Divergence over several micro-batches and ranks against the same sequences in one batch.</summary>
public class StepScopeTests
{
    private static readonly int[] s_domains = [7, 40, 7, 12, 3, 12];

    [Theory]
    [InlineData("neg_log_jsd")]
    [InlineData("jsd")]
    public void Beyond_the_micro_batch_one_batch_gives_what_the_micro_batch_gives(string formula)
    {
        using var scope = torch.NewDisposeScope();
        var (expected, gradient) = Whole(formula);
        using var shared = new StepScope();
        var logits = Logits();
        var loss = Loss(formula, "step");
        var value = loss.PerLayer(Means(logits, s_domains, shared));
        value.sum().backward();
        value.ToArray<double>().ShouldBe(expected, 1e-12);
        Largest(logits.grad! - gradient).ShouldBeInRange(0, 1e-12);
    }

    [Theory]
    [InlineData("neg_log_jsd", 2)]
    [InlineData("neg_log_jsd", 3)]
    [InlineData("jsd", 3)]
    public void Micro_batches_of_a_step_have_the_gradient_of_one_batch(string formula, int parts)
    {
        using var scope = torch.NewDisposeScope();
        var (expected, gradient) = Whole(formula);
        using var shared = new StepScope { Share = 1.0 / parts };
        var logits = Logits();
        var loss = Loss(formula, "step");
        foreach (var part in Parts(logits.detach(), parts, shared))
            loss.Collect(part);
        foreach (var part in Parts(logits, parts, shared))
        {
            var value = loss.PerLayer(part);
            value.ToArray<double>().ShouldBe(expected, 1e-12);
            (value.sum() * shared.Share).backward();
        }

        Largest(logits.grad! - gradient).ShouldBeInRange(0, 1e-12);
    }

    [Fact]
    public void Ranks_and_micro_batches_have_the_gradient_of_one_batch()
    {
        using var scope = torch.NewDisposeScope();
        var (expected, gradient) = Whole("neg_log_jsd");
        var logits = Logits();
        var loss = Loss("neg_log_jsd", "global");

        // Each rank holds every other sequence; both are run, one after the other, told of the other's sums.
        foreach (var rank in new[] { 0, 1 })
        {
            var reduction = new TwoRanks(0.0);
            using var shared = new StepScope(reduction) { Share = 0.5 };
            using (var other = new StepScope())
            {
                loss.Collect(Rank(logits.detach(), 1 - rank, other));
                foreach (var name in new[] { "divergence.sums", "divergence.counts" })
                    reduction.Others.Enqueue(other.Total(name, torch.zeros([1], dtype: ScalarType.Float64), overRanks: false).clone());
            }

            var value = loss.PerLayer(Rank(logits, rank, shared));
            value.ToArray<double>().ShouldBe(expected, 1e-12);
            (value.sum() * shared.Share).backward();
        }

        Largest(logits.grad! - gradient).ShouldBeInRange(0, 1e-12);
    }

    [Fact]
    public void What_is_the_same_in_every_micro_batch_has_its_gradient_once()
    {
        using var scope = torch.NewDisposeScope();
        using var shared = new StepScope { Share = 1.0 / 3 };
        var x = torch.tensor(new[] { 2.0 }, [1]).requires_grad_(true);
        for (var part = 0; part < 3; part++)
        {
            var value = shared.Once("x", x * 5.0);
            value.item<double>().ShouldBe(10.0);
            if (value.requires_grad)
                (value.sum() * shared.Share).backward();
            x.grad!.item<double>().ShouldBe(5.0, 1e-12);
        }
    }

    [Fact]
    public void A_step_forgotten_leaves_nothing()
    {
        using var scope = torch.NewDisposeScope();
        using var shared = new StepScope();
        shared.Collect("a", torch.ones([2]));
        shared.Collect("a", torch.ones([2]));
        shared.Total("a", torch.zeros([2]), overRanks: false).ToArray<float>().ShouldBe([2f, 2f]);
        shared.Clear();
        shared.Total("a", torch.zeros([2]), overRanks: false).ToArray<float>().ShouldBe([0f, 0f]);
    }

    [Fact]
    public void A_sequence_as_its_own_domain_is_refused_beyond_its_batch() =>
        Should.Throw<ExpertDivergence.Core.OptionException>(() => new DivergenceLoss(new LossOptions { Labels = "sequence", Granularity = "step" }))
            .Option.ShouldBe("losses.divergence.granularity");

    private static DivergenceLoss Loss(string formula, string granularity) => new(LossCheck.With(formula, granularity));

    private static (double[] Value, Tensor Gradient) Whole(string formula)
    {
        var logits = Logits();
        var value = Loss(formula, "micro_batch").PerLayer(Means(logits, s_domains, null));
        value.sum().backward();
        return (value.ToArray<double>(), logits.grad!);
    }

    private static Tensor Logits() => new RoutingCase(8, padded: false).LogitsTensor();

    private static IEnumerable<RoutingMeans> Parts(Tensor logits, int parts, StepScope shared) => Enumerable.Range(0, parts).Select(part =>
    {
        var size = 6 / parts;
        return Means(logits.narrow(1, part * size * 4, size * 4), s_domains[(part * size)..((part + 1) * size)], shared);
    });

    private static RoutingMeans Rank(Tensor logits, int rank, StepScope shared)
    {
        var own = logits.view(2, 3, 2, 4, 5).select(2, rank).reshape(2, 12, 5);
        return Means(own, [.. s_domains.Where((_, i) => i % 2 == rank)], shared);
    }

    private static RoutingMeans Means(Tensor logits, int[] domains, StepScope? shared)
    {
        var records = Enumerable.Repeat(5, domains.Length).ToArray();
        var batch = TrainingBatch.FromRecords(new int[5 * domains.Length], records, domains, domains, domainCounts: (49, 49));
        return new RoutingMeans(new RoutingCase(8, padded: false).Route(logits), batch, shared);
    }

    private static double Largest(Tensor difference) => difference.abs().max().item<double>();
}
