// B batch, L length, T = B·L, E experts, K top-k.
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Analysis;

/// <summary>The routing of a packed set's sequences in a model, a batch at a time.</summary>
/// <remarks>The tokens counted are those that training routes: the first L of a sequence's L + 1, without padding. Padding stands behind
/// them and attention looks back only, so it changes nothing. To be read on one thread, the model's.</remarks>
public sealed class ModelRoutingSource : IRoutingSource
{
    private readonly MoeTransformer _model;
    private readonly PackedDataset _data;
    private readonly int _batchSize;

    /// <summary>Makes the source.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    /// <param name="data">The sequences; stay the caller's.</param>
    /// <param name="batchSize">B: sequences of one forward pass.</param>
    /// <exception cref="InputException">The data has a larger vocabulary than the model, or longer sequences.</exception>
    public ModelRoutingSource(MoeTransformer model, PackedDataset data, int batchSize)
    {
        if (data.Info.VocabSize > model.Options.VocabSize || data.SequenceLength > model.Options.MaxPositions)
        {
            throw new InputException(PackInfo.FileName, null,
                $"{data.SequenceLength} tokens of a vocabulary of {data.Info.VocabSize} do not fit the model's {model.Options.MaxPositions} positions and vocabulary of {model.Options.VocabSize}",
                "Analyse a model on the packed set it was trained on.");
        }

        (_model, _data, _batchSize) = (model, data, batchSize);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Domains3 => _data.Info.Domains3;

    /// <inheritdoc/>
    public IReadOnlyList<string> Domains49 => _data.Info.Domains49;

    /// <inheritdoc/>
    public int Layers => _model.Options.MoeLayers;

    /// <inheritdoc/>
    public int Experts => _model.Options.Experts;

    /// <inheritdoc/>
    public long Sequences => _data.Count;

    /// <inheritdoc/>
    public IEnumerable<SequenceRouting> Read(CancellationToken cancellation)
    {
        for (var first = 0; first < _data.Count; first += _batchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var sequence in Batch(first, Math.Min(_batchSize, _data.Count - first)))
                yield return sequence;
        }
    }

    private SequenceRouting[] Batch(int first, int count)
    {
        var length = _data.SequenceLength;
        var ids_BL = new long[count * length];
        var record = new int[length + 1];
        for (var b = 0; b < count; b++)
        {
            _data.GetSequence(first + b, record);
            for (var l = 0; l < length; l++)
                ids_BL[(b * length) + l] = record[l];
        }

        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var routers = _model.Forward(torch.tensor(ids_BL, [count, length]).to(_model.Device)).Routers;
        var layers = routers.Select(r => (Probabilities: r.Probabilities.ToArray<float>(), Indices: r.Indices.ToArray<long>())).ToArray();
        var topK = layers[0].Indices.Length / (count * length);
        return [.. Enumerable.Range(0, count).SelectMany(b =>
        {
            var tokens = _data.TokenCount(first + b) - 1;
            return Parts(first + b, tokens).Select(part => new SequenceRouting(
                part[0].Domain3,
                part[0].Domain49,
                [.. layers.Select(layer => Mean(Rows<float>(layer.Probabilities.AsSpan(b * length * Experts), part, Experts)))],
                [.. layers.Select(layer => Count(Rows<long>(layer.Indices.AsSpan(b * length * topK), part, topK)))],
                part.Sum(run => run.Length) / (double)tokens));
        })];
    }

    // The tokens of a sequence that are routed, by fine domain: all of them where the set is laid out by domain.
    private IEnumerable<DomainRun[]> Parts(int sequence, int tokens) => _data.Runs(sequence)
        .Select(run => run with { Length = Math.Min(run.Length, tokens - run.Start) }).Where(run => run.Length > 0)
        .GroupBy(run => run.Domain49).Select(part => part.ToArray());

    private static ReadOnlySpan<T> Rows<T>(ReadOnlySpan<T> all, DomainRun[] part, int width)
    {
        if (part.Length == 1)
            return all.Slice(part[0].Start * width, part[0].Length * width);
        var rows = new List<T>();
        foreach (var run in part)
            rows.AddRange(all.Slice(run.Start * width, run.Length * width));
        return rows.ToArray();
    }

    private double[] Mean(ReadOnlySpan<float> probabilities_TE)
    {
        var mean_E = new double[Experts];
        for (var i = 0; i < probabilities_TE.Length; i++)
            mean_E[i % mean_E.Length] += probabilities_TE[i];

        // A softmax in fp32 sums to 1 but for rounding; entropies want it exact.
        var sum = mean_E.Sum();
        for (var e = 0; e < mean_E.Length; e++)
            mean_E[e] /= sum;
        return mean_E;
    }

    private long[] Count(ReadOnlySpan<long> indices_TK)
    {
        var load_E = new long[Experts];
        foreach (var expert in indices_TK)
            load_E[expert]++;
        return load_E;
    }
}
