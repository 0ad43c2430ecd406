using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>What random labels are drawn from.</summary>
public sealed class SequenceKeyTests : IDisposable
{
    private readonly TinyPack _pack = new();

    [Fact]
    public void A_sequence_keeps_its_key_through_epochs_and_another_seed_gives_others()
    {
        var (first, second) = (Keys(seed: 1, step: 0), Keys(seed: 1, step: 1));
        first.Keys.Count.ShouldBeGreaterThan(10);
        second.ShouldBe(first, ignoreOrder: true);
        first.Values.Distinct().Count().ShouldBe(first.Count);
        var other = Keys(seed: 2, step: 0);
        foreach (var (text, key) in first)
            other[text].ShouldNotBe(key);
    }

    [Fact]
    public void A_batch_says_how_many_domains_its_set_has()
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        using var batch = Source(data, 1, """{"batch_size": 2}""").Batch(0);
        batch.DomainCounts.ShouldBe((3, 4));
        new DivergenceLoss(new LossOptions { Labels = "random", Classes = 2 }).Domains(batch).Present.ShouldBeInRange(1, 2);
    }

    public void Dispose() => _pack.Dispose();

    // The whole set is one batch: every step is an epoch. Sequences are told by their tokens.
    private Dictionary<string, ulong> Keys(long seed, int step)
    {
        using var data = PackedDataset.Open(_pack.PackFolder, PackSplit.Train);
        using var batch = Source(data, seed, """{"batch_size": 24, "sampler": {"sequences_per_domain": 1}}""").Batch(step);
        return Enumerable.Range(0, 24).ToDictionary(b => string.Join(' ', batch.Ids[b].ToArray<long>()), b => batch.SequenceKeys![b]);
    }

    private BatchSource Source(PackedDataset data, long seed, string train) => new(data, TrainingOptions.FromJson(_pack.Request("a", train).Train), seed);
}
