using ExpertDivergence.Analysis;
using ExpertDivergence.Core;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Analysis;

public class DistributionsTests
{
    [Fact]
    public void Entropy_of_a_uniform_distribution_is_the_log_of_its_size() =>
        Distributions.Entropy([0.25, 0.25, 0.25, 0.25]).ShouldBe(Math.Log(4), 1e-15);

    [Fact]
    public void Kl_by_hand() =>
        Distributions.KullbackLeibler([0.5, 0.5], [0.25, 0.75]).ShouldBe(0.5 * Math.Log(2) + 0.5 * Math.Log(2.0 / 3), 1e-15);

    [Fact]
    public void Jsd_of_disjoint_distributions_is_log_two() =>
        Distributions.JensenShannon([0.5, 0.5, 0, 0], [0, 0, 0.3, 0.7]).ShouldBe(Math.Log(2), 1e-15);

    [Fact]
    public void Jsd_is_zero_of_equals_symmetric_and_bounded()
    {
        var random = new KeyedRandom(1, "jsd");
        for (var trial = 0; trial < 200; trial++)
        {
            var (p, q) = (Samples.Distribution(random, 8), Samples.Distribution(random, 8));
            var jsd = Distributions.JensenShannon(p, q);
            jsd.ShouldBeInRange(1e-9, Math.Log(2));
            Distributions.JensenShannon(q, p).ShouldBe(jsd, 1e-15);
            Distributions.JensenShannon(p, p).ShouldBe(0, 1e-16);
        }
    }

    [Fact]
    public void Mean_pairwise_jsd_counts_each_pair_once()
    {
        double[] p = [1, 0], q = [0, 1];
        Distributions.MeanPairwiseJensenShannon([p, p, q]).ShouldBe(Math.Log(2) * 2 / 3, 1e-15);
        Distributions.MeanPairwiseJensenShannon([p]).ShouldBe(0);
    }

    [Fact]
    public void Mutual_information_is_the_domains_entropy_when_each_expert_has_one_domain() =>
        Distributions.MutualInformation([[30, 30, 0], [0, 0, 40]]).ShouldBe(Distributions.Entropy([0.6, 0.4]), 1e-15);

    [Fact]
    public void Mutual_information_of_independent_rows_is_zero() =>
        Distributions.MutualInformation([[1, 2, 3], [2, 4, 6]]).ShouldBe(0, 1e-15);

    [Fact]
    public void Different_lengths_are_refused() =>
        Should.Throw<ArgumentException>(() => Distributions.JensenShannon([0.5, 0.5], [1])).Message.ShouldContain("2 and 1");
}
