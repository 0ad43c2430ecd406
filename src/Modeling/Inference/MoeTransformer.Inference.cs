// B batch, L length, T = B·L, N positions asked for, D model, V vocabulary.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

public sealed partial class MoeTransformer
{
    /// <summary>An empty cache for sequences of this model.</summary>
    /// <param name="sequences">B.</param>
    public KeyValueCache NewCache(int sequences) => new(Options, sequences, Device);

    /// <summary>Scores the next token at some positions, without a gradient: <see cref="Forward"/> without what nobody asks for.</summary>
    /// <param name="ids_BL">Token ids, int64; shorter sequences are padded on the right with any id.</param>
    /// <param name="positions_N">The positions b·L + i, int64; null for all T. None of them padding.</param>
    /// <param name="cache">What the sequences begin with; afterwards it holds these tokens as well. Null where they begin here.</param>
    /// <param name="counts">With a cache: how many tokens of each sequence are no padding; null for L.</param>
    /// <returns>Logits, [N, V].</returns>
    /// <exception cref="ArgumentException">A sequence is longer than the model's positions, or the cache is of another number of sequences.</exception>
    public Tensor LogitsAt(Tensor ids_BL, Tensor? positions_N = null, KeyValueCache? cache = null, IReadOnlyList<int>? counts = null)
    {
        long batch = ids_BL.size(0), length = ids_BL.size(1);
        if (cache is null && length > Options.MaxPositions)
            throw new ArgumentException($"A sequence of {length} tokens is longer than the model's {Options.MaxPositions} positions.", nameof(ids_BL));
        if (cache is not null && cache.Lengths.Count != batch)
            throw new ArgumentException($"{batch} sequences, but the cache holds {cache.Lengths.Count}.", nameof(cache));

        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var step = cache?.Begin(length, counts);
        var x_TD = Layout.Embedding.index_select(0, ids_BL.flatten());
        for (var i = 0; i < _layers.Length; i++)
        {
            using var layerScope = torch.NewDisposeScope();
            var next_TD = _layers[i].Infer(x_TD, batch, i, step, i == _layers.Length - 1 ? positions_N : null);
            x_TD.Dispose();
            x_TD = layerScope.MoveToOuter(next_TD);
        }

        step?.Complete();
        return scope.MoveToOuter(torch.nn.functional.linear(RmsNorm.Apply(x_TD, Layout.FinalNorm, Options.NormEpsilon), Layout.Head));
    }
}
