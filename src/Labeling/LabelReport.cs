using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary><c>report.json</c> of a labelled corpus.</summary>
public sealed record LabelReport
{
    /// <summary>Lines that hold a document, or should: kept and left out.</summary>
    public long Read => Kept + LeftOut.Total;

    /// <summary>Documents written.</summary>
    public long Kept { get; internal set; }

    /// <summary>What was left out and why.</summary>
    public required LeftOut LeftOut { get; init; }

    /// <summary>Documents by coarse domain.</summary>
    public SortedDictionary<string, long> Domain3 { get; } = new(StringComparer.Ordinal);

    /// <summary>Documents by fine domain; those without one are absent.</summary>
    public SortedDictionary<string, long> Domain49 { get; } = new(StringComparer.Ordinal);

    internal void Add(string domain3, string fine)
    {
        Kept++;
        Domain3[domain3] = Domain3.GetValueOrDefault(domain3) + 1;
        Domain49[fine] = Domain49.GetValueOrDefault(fine) + 1;
    }
}
