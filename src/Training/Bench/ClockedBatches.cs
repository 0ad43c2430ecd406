using System.Diagnostics;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training.Bench;

/// <summary>Batches, and how long a trainer waited for them.</summary>
internal sealed class ClockedBatches(IBatches batches) : IBatches
{
    /// <summary>Seconds, since the last time it was set back.</summary>
    public double Waited { get; set; }

    public TrainingBatch Batch(int step, int part = 0, int parts = 1)
    {
        var clock = Stopwatch.StartNew();
        var batch = batches.Batch(step, part, parts);
        Waited += clock.Elapsed.TotalSeconds;
        return batch;
    }

    public long Tokens(int step) => batches.Tokens(step);

    public IReadOnlyList<(string Domain, int Sequences)> Domains(int step) => batches.Domains(step);

    public BatchMix Mix(int step) => batches.Mix(step);
}
