// B batch, L length.
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training.Bench;

/// <summary>Batches of random tokens and random domains, from libtorch's generator, as the peer draws them.</summary>
public sealed class RandomBatches : IBatches, IDisposable
{
    private readonly (Tensor Ids, int[] Domains)[] _batches;
    private readonly int _sequences, _domains;
    private readonly Device _device;
    private readonly long _tokens;

    /// <summary>Draws the batches of all steps, from where the generator stands.</summary>
    /// <param name="steps">Steps.</param>
    /// <param name="sequences">B.</param>
    /// <param name="length">L.</param>
    /// <param name="vocabulary">Ids are below it.</param>
    /// <param name="domains">Domains are below it.</param>
    /// <param name="device">Where batches go; null for the host.</param>
    public RandomBatches(int steps, int sequences, int length, int vocabulary, int domains, Device? device = null)
    {
        (_sequences, _domains, _tokens, _device) = (sequences, domains, (long)sequences * length, device ?? torch.CPU);
        _batches = new (Tensor, int[])[steps];
        for (var step = 0; step < steps; step++)
        {
            using var scope = torch.NewDisposeScope();
            var ids = torch.randint(0, vocabulary, [sequences, length + 1], dtype: ScalarType.Int64);
            var labels = torch.randint(0, domains, [sequences], dtype: ScalarType.Int64).ToArray<long>();
            _batches[step] = (scope.Detach(ids), Array.ConvertAll(labels, d => (int)d));
        }
    }

    /// <inheritdoc/>
    public TrainingBatch Batch(int step, int part = 0, int parts = 1)
    {
        var (ids, domains) = _batches[step];
        var (size, record) = (_sequences / parts, (int)ids.size(1));
        var records = Array.ConvertAll(ids.ToArray<long>(), id => (int)id).AsSpan(part * size * record, size * record);
        var own = domains.AsSpan(part * size, size);
        return TrainingBatch.FromRecords(records, Enumerable.Repeat(record, size).ToArray(), own, own, _device, domainCounts: (_domains, _domains));
    }

    /// <inheritdoc/>
    public long Tokens(int step) => _tokens;

    /// <inheritdoc/>
    public IReadOnlyList<(string Domain, int Sequences)> Domains(int step) => [];

    /// <inheritdoc/>
    public BatchMix Mix(int step)
    {
        var present = _batches[step].Domains.Distinct().Count();
        return new BatchMix(present, present * (present - 1) / 2, present, present * (present - 1) / 2);
    }

    /// <summary>Frees the batches.</summary>
    public void Dispose()
    {
        foreach (var (ids, _) in _batches)
            ids.Dispose();
    }
}
