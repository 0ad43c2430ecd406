// B sequences, V vocabulary.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Evaluation;

/// <summary>Decoding by the transformer: a step reads only what its cache does not hold.</summary>
/// <remarks>Where a sequence outgrows the positions, its window slides: no token keeps its position, so nothing held is of use and
/// every step reads the whole window.</remarks>
internal sealed class CachedDecoding(TransformerModel reader, MoeTransformer model, IReadOnlyList<int[]> contexts) : IDecoding
{
    private readonly OpenSequences _open = new([.. contexts.Select(context => OpenSequences.Window([.. context], model.Options.MaxPositions))]);
    private readonly KeyValueCache _cache = model.NewCache(contexts.Count);
    private int[] _held = [.. Enumerable.Range(0, contexts.Count)];

    public IReadOnlyList<float[]> NextTokenLogits()
    {
        var limit = model.Options.MaxPositions;
        var fitting = _open.All.Where(sequence => sequence.Tokens.Count <= limit).ToList();
        var outgrown = _open.All.Where(sequence => sequence.Tokens.Count > limit).ToList();
        var logits = new Queue<float[]>(fitting.Count > 0 ? Continue(fitting) : []);
        var whole = new Queue<float[]>(outgrown.Count > 0 ? reader.NextTokenLogits([.. outgrown.Select(s => OpenSequences.Window(s.Tokens, limit))]) : []);
        return [.. _open.All.Select(sequence => (sequence.Tokens.Count <= limit ? logits : whole).Dequeue())];
    }

    public void Append(IReadOnlyList<int?> tokens) => _open.Append(tokens);

    public void Dispose() => _cache.Dispose();

    private float[][] Continue(List<(int Number, List<int> Tokens)> sequences)
    {
        using var scope = torch.NewDisposeScope();
        int[] numbers = [.. sequences.Select(sequence => sequence.Number)];
        _cache.Select([.. numbers.Select(number => Array.IndexOf(_held, number))]);
        _held = numbers;
        var fresh = new PaddedBatch([.. sequences.Select((sequence, row) => sequence.Tokens.ToArray()[_cache.Lengths[row]..])]);
        var logits_BV = model.LogitsAt(fresh.Ids(model.Device), fresh.LastPositions(model.Device), _cache, fresh.Counts);
        return [.. logits_BV.ToArray<float>().Chunk(model.Options.VocabSize)];
    }
}
