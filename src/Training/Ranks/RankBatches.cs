using ExpertDivergence.Data;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>A rank's share of every batch: of B sequences in the order of one rank, rank r takes B / W, from r · B / W on.</summary>
internal sealed class RankBatches : IBatches
{
    private readonly IBatches _whole;
    private readonly IRankGroup _ranks;

    private RankBatches(IBatches whole, IRankGroup ranks) => (_whole, _ranks) = (whole, ranks);

    /// <summary>The share of a rank; the whole where there is one.</summary>
    public static IBatches Of(IBatches whole, IRankGroup ranks) => ranks.World == 1 ? whole : new RankBatches(whole, ranks);

    /// <summary>A part of this rank's share.</summary>
    public TrainingBatch Batch(int step, int part = 0, int parts = 1) => _whole.Batch(step, (_ranks.Rank * parts) + part, _ranks.World * parts);

    /// <summary>Tokens that all ranks predict together.</summary>
    public long Tokens(int step) => _whole.Tokens(step);

    /// <summary>The domains of the whole batch.</summary>
    public IReadOnlyList<(string Domain, int Sequences)> Domains(int step) => _whole.Domains(step);

    /// <summary>The domains of the whole batch.</summary>
    public BatchMix Mix(int step) => _whole.Mix(step);
}
