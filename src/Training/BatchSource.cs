using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>The batches of a run by step: from packed sequences to tensors, in an order that seed and data alone decide.</summary>
public sealed class BatchSource : IBatches
{
    private readonly PackedDataset _dataset;
    private readonly BatchSampler _sampler;
    private readonly SequenceBatches _batches;
    private readonly int _batchSize;

    /// <summary>Prepares the order.</summary>
    /// <param name="dataset">The packed sequences.</param>
    /// <param name="options">Batch size and mixture.</param>
    /// <param name="seed">Names the order.</param>
    /// <param name="device">Where batches go; null for the host.</param>
    /// <exception cref="OptionException">The set is too small for the options.</exception>
    public BatchSource(PackedDataset dataset, TrainingOptions options, long seed, Device? device = null)
    {
        (_dataset, _batches, _batchSize) = (dataset, new SequenceBatches(dataset, options, seed, device), options.BatchSize);
        if (options.BatchSize > dataset.Count)
        {
            throw new OptionException("train.batch_size", $"a batch of {options.BatchSize} sequences cannot be drawn from {dataset.Count}",
                $"Set it to at most {dataset.Count}, or train on more text.");
        }

        // Single draws in proportion are a plain shuffle; everything else draws groups of one domain.
        var (group, uniform) = (options.Sampler.SequencesPerDomain, options.Sampler.Mixture == SamplerMixture.Uniform);
        var weights = DomainWeights.Of(options.Sampler.Weights, dataset);
        var grouped = group > 1 || uniform || weights is not null;
        var domains = dataset.Domains49.ToArray().Distinct().Count();
        if (uniform && weights is null && options.BatchSize / group > domains)
        {
            throw new OptionException("train.sampler.mixture",
                $"'uniform' takes {options.BatchSize / group} different domains a batch, and the set has {domains}",
                "Raise train.sampler.sequences_per_domain, or set it to proportional.");
        }

        _sampler = new BatchSampler(dataset, new BatchSamplerOptions
        {
            BatchSize = options.BatchSize,
            Seed = seed,
            DomainsPerBatch = grouped ? options.BatchSize / group : null,
            SequencesPerDomain = grouped ? group : null,
            Mixture = uniform ? DomainMixture.Uniform : DomainMixture.Proportional,
            Weights = weights,
        });
    }

    /// <inheritdoc/>
    public TrainingBatch Batch(int step, int part = 0, int parts = 1)
    {
        var size = _batchSize / parts;
        var sequences = _sampler.Batch(step).AsSpan(part * size, size).ToArray();
        return _batches.Of(sequences);
    }

    /// <inheritdoc/>
    public long Tokens(int step) => _sampler.Batch(step).Sum(s => (long)_dataset.TokenCount(s) - 1);

    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, int Sequences)> Domains(int step) =>
    [
        .. _sampler.Batch(step).GroupBy(s => _dataset.Domain49(s)).Select(g => (_dataset.Info.Domains49[g.Key], g.Count()))
            .OrderByDescending(d => d.Item2).ThenBy(d => d.Item1, StringComparer.Ordinal),
    ];

    /// <inheritdoc/>
    public BatchMix Mix(int step) => BatchMix.Of(_dataset, _sampler.Batch(step));

    /// <summary>The hash of the first steps' order: equal for two runs exactly when they saw the same batches.</summary>
    public string OrderSha256(int steps) => _sampler.OrderSha256(steps);
}
