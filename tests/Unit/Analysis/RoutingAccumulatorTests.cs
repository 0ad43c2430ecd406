using ExpertDivergence.Analysis;
using ExpertDivergence.Core;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Analysis;

public class RoutingAccumulatorTests
{
    private const int Experts = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_split_equals_its_definition_by_kl(long seed)
    {
        var (domains, sequences) = RandomSequences(seed);
        var accumulator = Accumulate(domains, sequences);
        var overall = Mean(sequences);
        var byDomain = Enumerable.Range(0, 4)
            .Select(j => sequences.Where((_, s) => domains[s] == j).ToArray())
            .Select(group => group.Length == 0 ? null : Mean(group)).ToArray();

        var total = sequences.Average(p => Distributions.KullbackLeibler(p, overall));
        var inter = domains.Average(j => Distributions.KullbackLeibler(byDomain[j]!, overall));
        var intra = sequences.Select((p, s) => Distributions.KullbackLeibler(p, byDomain[domains[s]]!)).Average();

        var found = accumulator.Statistics();
        found.DInter.ShouldBe(inter, 1e-12);
        found.DIntra.ShouldBe(intra, 1e-12);
        found.DTotal.ShouldBe(total, 1e-12);
        found.InterShare.ShouldBe(inter / total, 1e-12);
    }

    [Fact]
    public void D_inter_is_the_mutual_information_of_the_weighted_means()
    {
        var (domains, sequences) = RandomSequences(4);
        var joint = Enumerable.Range(0, 4).Select(_ => new double[Experts]).ToArray();
        for (var s = 0; s < sequences.Length; s++)
        {
            for (var e = 0; e < Experts; e++)
                joint[domains[s]][e] += sequences[s][e];
        }

        Accumulate(domains, sequences).Statistics().DInter.ShouldBe(Distributions.MutualInformation(joint), 1e-12);
    }

    [Fact]
    public void Two_domains_of_equal_weight_have_d_inter_equal_to_their_jsd()
    {
        var accumulator = new RoutingAccumulator(2, 3);
        accumulator.Add(0, [0.7, 0.2, 0.1], [7, 2, 1]);
        accumulator.Add(1, [0.1, 0.3, 0.6], [1, 3, 6]);
        var found = accumulator.Statistics();
        found.DInter.ShouldBe(found.MeanPairwiseJsd, 1e-14);
        found.DIntra.ShouldBe(0, 1e-14);
        found.InterShare.ShouldBe(1, 1e-12);
    }

    [Fact]
    public void Labels_at_random_leave_the_share_of_variances_between_domains()
    {
        // Small divergences split like variances: (C − 1)/(S − 1) lies between C domains of S sequences by chance.
        var random = new KeyedRandom(5, "shuffle");
        var sequences = Enumerable.Range(0, 41).Select(_ => Samples.Distribution(random, Experts).Select(p => (1 + 0.1 * p) / (Experts + 0.1)).ToArray()).ToArray();
        var domains = Enumerable.Range(0, 41).Select(s => s < 20 ? 0 : s % 4).ToArray();
        var shares = Enumerable.Range(0, 400).Select(_ =>
        {
            random.Shuffle<int>(domains);
            return Accumulate(domains, sequences).Statistics().InterShare;
        });
        shares.Average().ShouldBe(3.0 / 40, 0.004);
    }

    [Fact]
    public void Loads_by_hand()
    {
        var accumulator = new RoutingAccumulator(2, 2);
        accumulator.Add(0, [0.5, 0.5], [30, 10]);
        accumulator.Add(1, [0.5, 0.5], [0, 10]);
        var found = accumulator.Statistics();
        found.MaxViolation.ShouldBe(0.2, 1e-15);
        found.LoadCv.ShouldBe(0.2, 1e-15);
        found.MeanPurity.ShouldBe((1.0 + 0.5) / 2, 1e-15);
        found.DomainEntropy.ShouldBe(Distributions.Entropy([0.8, 0.2]), 1e-15);
        found.MutualInformation.ShouldBe(Distributions.MutualInformation([[30, 10], [0, 10]]), 1e-15);
    }

    [Fact]
    public void A_domain_without_sequences_has_no_rows_and_no_pairs()
    {
        var accumulator = new RoutingAccumulator(3, 2);
        accumulator.Add(0, [1, 0], [1, 0]);
        accumulator.Add(2, [0, 1], [0, 1]);
        accumulator.Activations(5, "domain3", ["en", "zh", "math"]).ShouldBe(
        [
            new ExpertActivation(5, "domain3", "en", 0, 1, 1), new ExpertActivation(5, "domain3", "en", 1, 0, 0),
            new ExpertActivation(5, "domain3", "math", 0, 0, 0), new ExpertActivation(5, "domain3", "math", 1, 1, 1),
        ]);
        accumulator.Statistics().MeanPairwiseJsd.ShouldBe(Math.Log(2), 1e-15);
    }

    private static RoutingAccumulator Accumulate(int[] domains, double[][] sequences)
    {
        var accumulator = new RoutingAccumulator(4, Experts);
        for (var s = 0; s < sequences.Length; s++)
            accumulator.Add(domains[s], sequences[s], new long[Experts]);
        return accumulator;
    }

    private static (int[] Domains, double[][] Sequences) RandomSequences(long seed)
    {
        var random = new KeyedRandom(seed, "routing");
        // Domain 1 stays empty.
        var domains = Enumerable.Range(0, 40).Select(_ => random.NextInt(3)).Select(j => j == 1 ? 3 : j).ToArray();
        return (domains, domains.Select(_ => Samples.Distribution(random, Experts)).ToArray());
    }

    private static double[] Mean(IReadOnlyCollection<double[]> rows) =>
        [.. Enumerable.Range(0, Experts).Select(e => rows.Average(row => row[e]))];
}
