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
public sealed record PackSplitReport : PackCounters
{
    /// <summary>Records that predict tokens of two or more fine domains; null where none can.</summary>
    public int? MixedSequences { get; internal set; }

    /// <summary><see cref="PackCounters.PaddedTokens"/> among all positions.</summary>
    public double PaddedShare => Share(PaddedTokens, Tokens + PaddedTokens);

    /// <summary><see cref="PackCounters.CroppedDocuments"/> among the documents.</summary>
    public double CroppedShare => Share(CroppedDocuments, Documents);

    /// <summary><see cref="PackCounters.JoinedSequences"/> among the records.</summary>
    public double JoinedShare => Share(JoinedSequences, Sequences);

    /// <summary><see cref="MixedSequences"/> among the records; null where none can be mixed.</summary>
    public double? MixedShare => MixedSequences is { } mixed ? Share(mixed, Sequences) : null;

    /// <summary>By fine domain. A record of several counts in each, its padding in none.</summary>
    [JsonPropertyName("domain49")]
    public SortedDictionary<string, PackCounters> ByDomain49 { get; } = new(StringComparer.Ordinal);

    internal PackCounters Of(string domain49) => ByDomain49.TryGetValue(domain49, out var counters) ? counters : ByDomain49[domain49] = new();

    private static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
