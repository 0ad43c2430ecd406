using System.Text.Json.Serialization;

namespace ExpertDivergence.Data;

/// <summary><c>report.json</c> of a packed set.</summary>
public sealed record PackReport
{
    /// <summary>The training part.</summary>
    public PackSplitReport Train { get; } = new();

    /// <summary>The held-out part.</summary>
    public PackSplitReport Heldout { get; } = new();
}

/// <summary>What became of the documents of one part.</summary>
public sealed record PackSplitReport
{
    /// <summary>Documents.</summary>
    public long Documents { get; internal set; }

    /// <summary>Records.</summary>
    public int Sequences { get; internal set; }

    /// <summary>Tokens predicted, each once: those of the documents and one end-of-text for each.</summary>
    public long Tokens { get; internal set; }

    /// <summary>Positions of the last records that hold padding. <c>Tokens + PaddedTokens = Sequences × sequence_length</c>.</summary>
    public long PaddedTokens { get; internal set; }

    /// <summary>Documents cut over two or more records. None of their tokens is lost.</summary>
    public long CroppedDocuments { get; internal set; }

    /// <summary>Records that predict tokens of two or more documents.</summary>
    public int JoinedSequences { get; internal set; }

    /// <summary><see cref="PaddedTokens"/> among all positions.</summary>
    public double PaddedShare => Share(PaddedTokens, Tokens + PaddedTokens);

    /// <summary><see cref="CroppedDocuments"/> among the documents.</summary>
    public double CroppedShare => Share(CroppedDocuments, Documents);

    /// <summary><see cref="JoinedSequences"/> among the records.</summary>
    public double JoinedShare => Share(JoinedSequences, Sequences);

    /// <summary>By fine domain.</summary>
    [JsonPropertyName("domain49")]
    public SortedDictionary<string, PackDomainReport> ByDomain49 { get; } = new(StringComparer.Ordinal);

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}

/// <summary>One domain of one part.</summary>
public sealed record PackDomainReport
{
    /// <summary>Documents.</summary>
    public long Documents { get; internal set; }

    /// <summary>Records.</summary>
    public int Sequences { get; internal set; }

    /// <summary>Tokens predicted.</summary>
    public long Tokens { get; internal set; }

    /// <summary>Positions that hold padding, all in the domain's last record.</summary>
    public long PaddedTokens { get; internal set; }

    /// <summary>Documents cut over two or more records.</summary>
    public long CroppedDocuments { get; internal set; }

    /// <summary>Records that predict tokens of two or more documents.</summary>
    public int JoinedSequences { get; internal set; }
}
