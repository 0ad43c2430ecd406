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

    /// <summary>Groups of a batch, each of <see cref="SequencesPerDomain"/> sequences of one domain; null: sequences are drawn singly,
    /// whatever their domain.</summary>
    public int? DomainsPerBatch { get; init; }

    /// <summary>Sequences of a group; null exactly where <see cref="DomainsPerBatch"/> is.</summary>
    public int? SequencesPerDomain { get; init; }

    /// <summary>How the domains of the groups are drawn.</summary>
    public DomainMixture Mixture { get; init; } = DomainMixture.Proportional;

    internal void Validate(int sequences, int domains)
    {
        if (BatchSize < 1 || BatchSize > sequences)
            throw new OptionException("batch.size", $"{BatchSize} sequences cannot be drawn from {sequences}.", $"Set it between 1 and {sequences}.");
        if (DomainsPerBatch is null != SequencesPerDomain is null)
            throw new OptionException("batch.domains_per_batch", "it goes together with batch.sequences_per_domain.", "Set both or neither.");
        if (DomainsPerBatch is { } groups && SequencesPerDomain is { } group
            && (groups < 1 || group < 1 || (long)groups * group != BatchSize))
            throw new OptionException("batch.domains_per_batch", $"{groups} domains of {group} sequences do not make a batch of {BatchSize}.",
                "Set it so that domains_per_batch × sequences_per_domain = size.");
        if (Mixture == DomainMixture.Uniform && DomainsPerBatch is null)
            throw new OptionException("batch.mixture", "'uniform' needs groups.", "Set batch.domains_per_batch and batch.sequences_per_domain.");
        if (Mixture == DomainMixture.Uniform && DomainsPerBatch > domains)
            throw new OptionException("batch.domains_per_batch", $"{DomainsPerBatch} is more than the {domains} domains of the set.",
                $"Set it to {domains} or less.");
    }
}
