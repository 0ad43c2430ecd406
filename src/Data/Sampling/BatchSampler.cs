using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>The order in which training sees the sequences: a function of the seed, the sequences' domains and the step, and of nothing
/// else, so that every arm trains on the same batches and a run resumes at any step.</summary>
/// <remarks>An epoch has ⌊sequences / batch size⌋ batches, drawn from the keyed stream (seed, "order", "epoch-n"); the few sequences
/// beyond the last full batch sit out, others in each epoch. Not safe for use by several threads at once.</remarks>
public sealed class BatchSampler
{
    private readonly BatchSamplerOptions _options;
    private readonly int _sequences;
    private readonly int[][] _byDomain;
    private readonly double[]? _shares;
    private long _epoch = -1;
    private int[] _order = [];

    /// <summary>Makes the order of a packed part.</summary>
    /// <exception cref="OptionException">The options do not fit each other or the set.</exception>
    public BatchSampler(PackedDataset dataset, BatchSamplerOptions options)
        : this(dataset.Domains49, options)
    {
    }

    /// <summary>Makes the order of sequences of which only the fine domains are known.</summary>
    /// <inheritdoc cref="BatchSampler(PackedDataset, BatchSamplerOptions)" path="/exception"/>
    public BatchSampler(ReadOnlySpan<short> domains49, BatchSamplerOptions options)
    {
        _options = options;
        _sequences = domains49.Length;
        var byDomain = domains49.ToArray().Index().GroupBy(s => s.Item, s => s.Index).OrderBy(g => g.Key).ToArray();
        _byDomain = byDomain.Select(g => g.ToArray()).ToArray();
        options.Validate(_sequences);
        if (options.Weights is { } weights)
            _shares = Shares(byDomain, weights, options.Mixture);
    }

    /// <summary>Batches of an epoch.</summary>
    public int BatchesPerEpoch => _sequences / _options.BatchSize;

    /// <summary>The sequences of a step's batch. Steps of one epoch cost no more than a copy; an epoch is planned when it is first asked for.</summary>
    /// <param name="step">The step, from 0.</param>
    public int[] Batch(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var epoch = step / BatchesPerEpoch;
        if (epoch != _epoch)
            (_order, _epoch) = (Plan(epoch), epoch);
        return _order.AsSpan((int)(step % BatchesPerEpoch) * _options.BatchSize, _options.BatchSize).ToArray();
    }

    /// <summary>The hash of the first steps' order: SHA-256 over the sequences' indices as little-endian int32.</summary>
    /// <param name="steps">How many steps it covers.</param>
    public string OrderSha256(long steps)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var bytes = new byte[_options.BatchSize * sizeof(int)];
        for (var step = 0L; step < steps; step++)
        {
            foreach (var (i, sequence) in Batch(step).Index())
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), sequence);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static double[] Shares(IGrouping<short, int>[] byDomain, IReadOnlyDictionary<int, double> weights, DomainMixture mixture)
    {
        var shares = Array.ConvertAll(byDomain, d => weights.GetValueOrDefault(d.Key, 1.0) * (mixture == DomainMixture.Uniform ? 1 : d.Count()));
        return shares.All(s => s >= 0 && double.IsFinite(s)) && shares.Any(s => s > 0)
            ? shares
            : throw new OptionException("train.sampler.weights", "no domain of the set is left to draw from, or a weight is negative.", "Give at least one domain a weight above 0.");
    }

    private int[] Plan(long epoch)
    {
        var random = new KeyedRandom(_options.Seed, "order", string.Create(CultureInfo.InvariantCulture, $"epoch-{epoch}"));
        if (_options.SequencesPerDomain is not { } group)
        {
            var order = Enumerable.Range(0, _sequences).ToArray();
            random.Shuffle(order.AsSpan());
            return order;
        }

        var plan = new EpochPlan(_byDomain, _options.BatchSize / group, group, random);
        if (_shares is not null)
            return plan.Weighted(BatchesPerEpoch, _shares);
        return _options.Mixture == DomainMixture.Uniform ? plan.Uniform(BatchesPerEpoch) : plan.Proportional(BatchesPerEpoch);
    }
}
