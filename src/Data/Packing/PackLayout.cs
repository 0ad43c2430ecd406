namespace ExpertDivergence.Data;

/// <summary>What a record may hold.</summary>
public enum PackLayout
{
    /// <summary>Text of one fine domain, whose label is the record's.</summary>
    ByDomain,

    /// <summary>Whatever comes next in one shuffled stream of all documents; every token has its document's label.</summary>
    Concatenated,
}
