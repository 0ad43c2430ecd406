using ExpertDivergence.Core;
using ExpertDivergence.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data;

public sealed class BatchSamplerTests
{
    /// <summary>200 sequences of 10 domains; domain d has 11 + 2 d of them.</summary>
    private static readonly short[] s_domains = Enumerable.Range(0, 10).SelectMany(d => Enumerable.Repeat((short)d, 11 + (2 * d))).ToArray();

    private static readonly BatchSamplerOptions s_single = new() { BatchSize = 16, Seed = 1 };

    private static readonly BatchSamplerOptions s_grouped = s_single with { DomainsPerBatch = 8, SequencesPerDomain = 2 };

    private static readonly Dictionary<int, double> s_weights = new() { [0] = 5.0, [1] = 0.0, [9] = 0.5 };

    public static TheoryData<BatchSamplerOptions> AllKinds =>
    [
        s_single, s_grouped, s_grouped with { Mixture = DomainMixture.Uniform }, s_grouped with { Weights = s_weights },
        s_grouped with { Weights = s_weights, Mixture = DomainMixture.Uniform },
    ];

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void TheOrderIsAFunctionOfTheSeed(BatchSamplerOptions options)
    {
        var hash = new BatchSampler(s_domains, options).OrderSha256(30);
        new BatchSampler(s_domains, options).OrderSha256(30).ShouldBe(hash);
        new BatchSampler(s_domains, options with { Seed = 2 }).OrderSha256(30).ShouldNotBe(hash);
        new BatchSampler(s_domains, options).OrderSha256(29).ShouldNotBe(hash);
    }

    [Fact]
    public void TheOrderIsTheOneOfEveryVersion()
    {
        new BatchSampler(s_domains, s_single).OrderSha256(30).ShouldBe("1b70139ea01c489c8f083f790da4e93fd6a9db68def8d4afdff9f64dc16ca13b");
        new BatchSampler(s_domains, s_grouped).OrderSha256(30).ShouldBe("fa98e98302198bf23ec712d5a17e6d3db417fe16532fbf13187491e0782aadef");
        new BatchSampler(s_domains, s_grouped with { Mixture = DomainMixture.Uniform }).OrderSha256(30).ShouldBe("e3df5df645619dc0a23fef7b5908cc42bac43b229b1e236927d34eb5fffd36fd");
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void AnyStepIsThereWithoutTheOnesBefore(BatchSamplerOptions options)
    {
        var straight = new BatchSampler(s_domains, options);
        var batches = Enumerable.Range(0, 40).Select(s => straight.Batch(s)).ToList();
        foreach (var step in (int[])[39, 0, 13, 12, 25])
            new BatchSampler(s_domains, options).Batch(step).ShouldBe(batches[step]);
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void EveryBatchIsFull(BatchSamplerOptions options)
    {
        var sampler = new BatchSampler(s_domains, options);
        sampler.BatchesPerEpoch.ShouldBe(12);
        for (var step = 0; step < 30; step++)
            sampler.Batch(step).Length.ShouldBe(16);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnEpochServesNoSequenceTwiceAndTheNextDiffers(bool grouped)
    {
        var sampler = new BatchSampler(s_domains, grouped ? s_grouped : s_single);
        var first = Enumerable.Range(0, 12).SelectMany(s => sampler.Batch(s)).ToList();
        var second = Enumerable.Range(12, 12).SelectMany(s => sampler.Batch(s)).ToList();
        first.Distinct().Count().ShouldBe(12 * 16);
        second.Distinct().Count().ShouldBe(12 * 16);
        second.ShouldNotBe(first);
    }

    [Fact]
    public void ProportionalGroupsKeepTheMixtureAndTheirDomainsApart()
    {
        // Every domain's share is below 1/8, so that eight distinct domains meet while none runs out.
        var sampler = new BatchSampler(Enumerable.Range(0, 1000).Select(i => (short)(i % 10)).ToArray(), s_grouped);
        for (var step = 0; step < 40; step++)
        {
            var domains = sampler.Batch(step).Select(s => s % 10).ToList();
            domains.Distinct().Count().ShouldBe(8);
            domains.GroupBy(d => d).ShouldAllBe(g => g.Count() == 2);
        }

        // In half an epoch a domain has served about half of its own.
        Enumerable.Range(0, 31).SelectMany(s => sampler.Batch(s)).GroupBy(s => s % 10).ShouldAllBe(g => Math.Abs(g.Count() - 49.6) < 12);
    }

    [Theory]
    [InlineData(DomainMixture.Proportional)]
    [InlineData(DomainMixture.Uniform)]
    public void WeightsMultiplyTheSharesOfTheMixture(DomainMixture mixture)
    {
        var sampler = new BatchSampler(s_domains, s_grouped with { Weights = s_weights, Mixture = mixture });
        var drawn = Enumerable.Range(0, 1200).SelectMany(s => sampler.Batch(s)).CountBy(s => (int)s_domains[s]).ToDictionary();
        var shares = Enumerable.Range(0, 10).Select(d => s_weights.GetValueOrDefault(d, 1.0) * (mixture == DomainMixture.Uniform ? 1 : 11 + (2 * d))).ToArray();

        drawn.ShouldNotContainKey(1);
        foreach (var domain in drawn.Keys)
            (drawn[domain] / (1200.0 * 16)).ShouldBeInRange(shares[domain] / shares.Sum() * 0.93, shares[domain] / shares.Sum() * 1.07);
    }

    [Fact]
    public void WeightsThatLeaveNothingAreRefused() => Should.Throw<OptionException>(() => new BatchSampler(s_domains,
        s_grouped with { Weights = Enumerable.Range(0, 10).ToDictionary(d => d, _ => 0.0) })).Option.ShouldBe("train.sampler.weights");

    [Fact]
    public void ADomainThatDominatesTakesItsShareAndNoMore()
    {
        // 900 of 1000 sequences are of one domain: about 14.4 of the 16 of a batch.
        var domains = Enumerable.Range(0, 1000).Select(i => (short)(i < 900 ? 0 : 1 + (i % 10))).ToArray();
        var sampler = new BatchSampler(domains, s_grouped);
        for (var step = 0; step < sampler.BatchesPerEpoch - 5; step++)
            sampler.Batch(step).Count(s => s < 900).ShouldBeInRange(13, 16);
    }

    [Fact]
    public void UniformGroupsAreOfDistinctDomainsHoweverSmall()
    {
        short[] domains = [0, 1, 1, .. Enumerable.Repeat((short)2, 200), .. Enumerable.Repeat((short)3, 200)];
        var sampler = new BatchSampler(domains, new() { BatchSize = 6, Seed = 1, DomainsPerBatch = 3, SequencesPerDomain = 2, Mixture = DomainMixture.Uniform });
        var served = new int[4];
        for (var step = 0; step < sampler.BatchesPerEpoch; step++)
        {
            var groups = sampler.Batch(step).Chunk(2).Select(g => g.Select(s => domains[s]).Distinct().ShouldHaveSingleItem()).ToList();
            groups.Distinct().Count().ShouldBe(3);
            groups.ForEach(g => served[g]++);
        }

        served.ShouldAllBe(n => n > sampler.BatchesPerEpoch * 0.6 && n < sampler.BatchesPerEpoch * 0.9);
    }

    [Theory]
    [InlineData(0, null, null, DomainMixture.Proportional, "train.batch_size")]
    [InlineData(201, null, null, DomainMixture.Proportional, "train.batch_size")]
    [InlineData(16, 3, null, DomainMixture.Proportional, "train.sampler.sequences_per_domain")]
    [InlineData(16, 0, null, DomainMixture.Proportional, "train.sampler.sequences_per_domain")]
    [InlineData(16, 2, 7, DomainMixture.Proportional, "train.sampler.domains_per_batch")]
    [InlineData(16, null, 8, DomainMixture.Proportional, "train.sampler.domains_per_batch")]
    [InlineData(16, null, null, DomainMixture.Uniform, "train.sampler.mixture")]
    public void OptionsThatCannotBeAreRefusedByName(int size, int? each, int? domains, DomainMixture mixture, string option) =>
        Should.Throw<OptionException>(() => new BatchSampler(s_domains,
            new() { BatchSize = size, Seed = 1, DomainsPerBatch = domains, SequencesPerDomain = each, Mixture = mixture })).Option.ShouldBe(option);

    [Fact]
    public void MoreGroupsThanDomainsComeRoundAgain()
    {
        var sampler = new BatchSampler([0, 0, 0, 1, 1, 1, 2, 2, 2],
            new() { BatchSize = 8, Seed = 1, SequencesPerDomain = 2, Mixture = DomainMixture.Uniform });
        sampler.Batch(0).Select(s => s / 3).GroupBy(d => d).Select(g => g.Count()).Order().ShouldBe([2, 2, 4]);
    }
}
