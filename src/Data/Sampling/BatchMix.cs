namespace ExpertDivergence.Data;

/// <summary>How many domains meet in a batch. A divergence between domains sees their pairs.</summary>
/// <param name="Domains3">Distinct coarse domains.</param>
/// <param name="Pairs3">Unordered pairs of them.</param>
/// <param name="Domains49">Distinct fine domains.</param>
/// <param name="Pairs49">Unordered pairs of them.</param>
public readonly record struct BatchMix(int Domains3, int Pairs3, int Domains49, int Pairs49)
{
    /// <summary>Counts the domains of some sequences' tokens.</summary>
    public static BatchMix Of(PackedDataset dataset, ReadOnlySpan<int> sequences)
    {
        var coarse = new HashSet<int>();
        var fine = new HashSet<int>();
        foreach (var sequence in sequences)
        {
            foreach (var run in dataset.Runs(sequence))
            {
                coarse.Add(run.Domain3);
                fine.Add(run.Domain49);
            }
        }

        return new(coarse.Count, Pairs(coarse.Count), fine.Count, Pairs(fine.Count));
    }

    private static int Pairs(int domains) => domains * (domains - 1) / 2;
}
