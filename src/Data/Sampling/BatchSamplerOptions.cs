using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>How domains are drawn into a batch of several sequences per domain.</summary>
public enum DomainMixture
{
    /// <summary>In proportion to the sequences that a domain has left, so that an epoch serves each sequence once.</summary>
    Proportional,

    /// <summary>Each domain as often as any other: small ones repeat, of large ones an epoch serves a part.</summary>
    Uniform,
}

/// <summary>How sequences are drawn into batches.</summary>
public sealed record BatchSamplerOptions
{
    /// <summary>Sequences of a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The seed of the order.</summary>
    public required long Seed { get; init; }

    /// <summary>Sequences of one domain that are drawn together into a batch, as a group; null: sequences are drawn singly, whatever
    /// their domain.</summary>
    public int? SequencesPerDomain { get; init; }

    /// <summary>Groups of a batch; null: as many as <see cref="BatchSize"/> holds.</summary>
    public int? DomainsPerBatch { get; init; }

    /// <summary>How the domains of the groups are drawn.</summary>
    public DomainMixture Mixture { get; init; } = DomainMixture.Proportional;

    /// <summary>What each domain's share of <see cref="Mixture"/> is multiplied with, by the domain's number: one that is not named counts once,
    /// one of weight 0 is never drawn. A domain that runs out within an epoch starts again, reshuffled. Null: no weights.</summary>
    public IReadOnlyDictionary<int, double>? Weights { get; init; }

    internal void Validate(int sequences)
    {
        if (BatchSize < 1 || BatchSize > sequences)
            throw new OptionException("train.batch_size", $"{BatchSize} sequences cannot be drawn from {sequences}.", $"Set it between 1 and {sequences}.");
        if (SequencesPerDomain is { } group && (group < 1 || BatchSize % group != 0))
            throw new OptionException("train.sampler.sequences_per_domain", $"a batch of {BatchSize} cannot be made of groups of {group}.",
                "Set it to a divisor of train.batch_size.");
        if (DomainsPerBatch is { } groups && (long)groups * (SequencesPerDomain ?? 0) != BatchSize)
            throw new OptionException("train.sampler.domains_per_batch",
                $"{groups} domains of {SequencesPerDomain ?? 0} sequences do not make a batch of {BatchSize}.",
                "Set it so that domains_per_batch × sequences_per_domain = batch_size, or leave it out.");
        if (Weights is not null && SequencesPerDomain is null)
            throw new OptionException("train.sampler.weights", "weights need groups.", "Set train.sampler.sequences_per_domain.");
        if (Mixture == DomainMixture.Uniform && SequencesPerDomain is null)
            throw new OptionException("train.sampler.mixture", "'uniform' needs groups.", "Set train.sampler.sequences_per_domain.");
    }
}
