using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Makes batches of named sequences of a packed set.</summary>
/// <param name="dataset">The packed sequences.</param>
/// <param name="options">What a batch says of its sequences.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="device">Where batches go; null for the host.</param>
internal sealed class SequenceBatches(PackedDataset dataset, TrainingOptions options, long seed, Device? device = null)
{
    /// <summary>The batch of some sequences, in their order.</summary>
    public TrainingBatch Of(int[] sequences)
    {
        var record = dataset.SequenceLength + 1;
        var tokens = new int[sequences.Length * record];
        for (var b = 0; b < sequences.Length; b++)
            dataset.GetSequence(sequences[b], tokens.AsSpan(b * record, record));
        var (coarse, fine) = dataset.Info.Layout == PackLayout.Concatenated ? TokenDomains(sequences) : ([], []);
        return TrainingBatch.FromRecords(tokens, Array.ConvertAll(sequences, dataset.TokenCount),
            Array.ConvertAll(sequences, dataset.Domain3), Array.ConvertAll(sequences, dataset.Domain49), device,
            tokenDomain3: coarse, tokenDomain49: fine, sequenceKeys: Array.ConvertAll(sequences, Key),
            domainCounts: (dataset.Info.Domains3.Count, dataset.Info.Domains49.Count), documentEnd: options.DocumentMasking ? dataset.Info.EndOfTextId : null);
    }

    // What random labels are drawn from: a sequence keeps its own through all epochs, another seed gives others.
    private ulong Key(int sequence) => new KeyedRandom(seed, "sequence-label", sequence.ToString(CultureInfo.InvariantCulture)).NextUInt64();

    private (int[] Coarse, int[] Fine) TokenDomains(int[] sequences)
    {
        var record = dataset.SequenceLength + 1;
        var (coarse, fine) = (new int[sequences.Length * record], new int[sequences.Length * record]);
        for (var b = 0; b < sequences.Length; b++)
        {
            foreach (var run in dataset.Runs(sequences[b]))
            {
                coarse.AsSpan(b * record + run.Start, run.Length).Fill(run.Domain3);
                fine.AsSpan(b * record + run.Start, run.Length).Fill(run.Domain49);
            }
        }

        return (coarse, fine);
    }
}
