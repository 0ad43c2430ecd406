using ExpertDivergence.Data;

namespace ExpertDivergence.Evaluation;

/// <summary>A packed set as sequences without padding.</summary>
public static class PackedSequences
{
    /// <summary>The tokens of every sequence, in the set's order.</summary>
    public static IEnumerable<int[]> Tokens(PackedDataset set) => Enumerable.Range(0, set.Count).Select(i => Tokens(set, i));

    /// <summary>Every sequence with the names of its domains, in the set's order.</summary>
    public static IEnumerable<HeldOutSequence> WithDomains(PackedDataset set) => Enumerable.Range(0, set.Count).Select(i =>
        new HeldOutSequence(Tokens(set, i), set.Info.Domains3[set.Domain3(i)], set.Info.Domains49[set.Domain49(i)])
        {
            Runs = set.Info.Layout == PackLayout.ByDomain ? null
                : [.. set.Runs(i).Select(r => new HeldOutRun(r.Start, r.Start + r.Length, set.Info.Domains3[r.Domain3], set.Info.Domains49[r.Domain49]))],
        });

    private static int[] Tokens(PackedDataset set, int index)
    {
        var record = new int[set.SequenceLength + 1];
        set.GetSequence(index, record);
        return record[..set.TokenCount(index)];
    }
}
