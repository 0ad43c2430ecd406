using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>The batches of a run by step: from packed sequences to tensors, in an order that seed and data alone decide.</summary>
public sealed class BatchSource
{
    private readonly PackedDataset _dataset;
    private readonly BatchSampler _sampler;
    private readonly int _batchSize;

    /// <summary>Prepares the order.</summary>
    /// <param name="dataset">The packed sequences.</param>
    /// <param name="options">Batch size and mixture.</param>
    /// <param name="seed">Names the order.</param>
    /// <exception cref="OptionException">The set is too small for the options.</exception>
    public BatchSource(PackedDataset dataset, TrainingOptions options, long seed)
    {
        (_dataset, _batchSize) = (dataset, options.BatchSize);
        if (options.BatchSize > dataset.Count)
        {
            throw new OptionException("train.batch_size", $"a batch of {options.BatchSize} sequences cannot be drawn from {dataset.Count}",
                $"Set it to at most {dataset.Count}, or train on more text.");
        }

        // Single draws in proportion are a plain shuffle; everything else draws groups of one domain.
        var (group, uniform) = (options.Sampler.SequencesPerDomain, options.Sampler.Mixture == SamplerMixture.Uniform);
        var grouped = group > 1 || uniform;
        var domains = dataset.Domains49.ToArray().Distinct().Count();
        if (uniform && options.BatchSize / group > domains)
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
        });
    }

    /// <summary>The batch of a step, counted from 0.</summary>
    public TrainingBatch Batch(int step)
    {
        var sequences = _sampler.Batch(step);
        var record = _dataset.SequenceLength + 1;
        var tokens = new int[_batchSize * record];
        for (var b = 0; b < _batchSize; b++)
            _dataset.GetSequence(sequences[b], tokens.AsSpan(b * record, record));
        return TrainingBatch.FromRecords(tokens, Array.ConvertAll(sequences, _dataset.TokenCount),
            Array.ConvertAll(sequences, _dataset.Domain3), Array.ConvertAll(sequences, _dataset.Domain49));
    }

    /// <summary>Tokens that the batch of a step predicts: padding and each sequence's first token left out.</summary>
    public long Tokens(int step) => _sampler.Batch(step).Sum(s => (long)_dataset.TokenCount(s) - 1);

    /// <summary>How many domains meet in the batch of a step.</summary>
    public BatchMix Mix(int step) => BatchMix.Of(_dataset, _sampler.Batch(step));

    /// <summary>The hash of the first steps' order: equal for two runs exactly when they saw the same batches.</summary>
    public string OrderSha256(int steps) => _sampler.OrderSha256(steps);
}
