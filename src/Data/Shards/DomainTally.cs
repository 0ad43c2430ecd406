namespace ExpertDivergence.Data;

/// <summary>Documents, tokens and UTF-8 bytes of one domain.</summary>
public sealed record DomainTally
{
    /// <summary>Documents.</summary>
    public long Documents { get; set; }

    /// <summary>Tokens, without end-of-text.</summary>
    public long Tokens { get; set; }

    /// <summary>Bytes of the texts in UTF-8.</summary>
    public long Bytes { get; set; }

    internal void Add(long tokens, long bytes)
    {
        Documents++;
        Tokens += tokens;
        Bytes += bytes;
    }
}
