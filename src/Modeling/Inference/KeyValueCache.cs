// B sequences, G key/value heads, S = B·G, C slots of a sequence, L new tokens of each, R head width, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The keys and values of tokens a model has read, so that the tokens after them cost only themselves.</summary>
/// <remarks>Slot i of a sequence holds its i-th token, whatever its neighbours' lengths: what padding left in the slots after a sequence's
/// end is seen by no query and overwritten by the next tokens. Owns its tensors: dispose it.</remarks>
public sealed class KeyValueCache : IDisposable
{
    private const long SlotMultiple = 64;
    private readonly ModelOptions _options;
    private readonly Device _device;
    private readonly Tensor?[] _keys_SCR, _values_SCR;
    private int[] _lengths;
    private long _slots;

    /// <summary>Makes an empty cache.</summary>
    internal KeyValueCache(ModelOptions options, int sequences, Device device)
    {
        (_options, _device, _lengths) = (options, device, new int[sequences]);
        (_keys_SCR, _values_SCR) = (new Tensor?[options.Layers], new Tensor?[options.Layers]);
    }

    /// <summary>How many tokens of each sequence it holds.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>Keeps the sequences named, in that order; one may be named several times, to be continued in several ways.</summary>
    /// <param name="sequences">Numbers of sequences held.</param>
    public void Select(IReadOnlyList<int> sequences)
    {
        if (sequences.SequenceEqual(Enumerable.Range(0, _lengths.Length)))
            return;
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var rows_B = torch.tensor([.. sequences.Select(s => (long)s)], [sequences.Count], device: _device);
        Replace(held_SCR => held_SCR.view(_lengths.Length, -1).index_select(0, rows_B).view(-1, _slots, _options.ResolvedHeadDim));
        _lengths = [.. sequences.Select(s => _lengths[s])];
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var held in _keys_SCR.Concat(_values_SCR))
            held?.Dispose();
    }

    /// <summary>Makes room for the next tokens, of which <paramref name="counts"/> are no padding; null where all are none.</summary>
    internal CacheStep Begin(long length, IReadOnlyList<int>? counts)
    {
        if (counts is not null && counts.Count != _lengths.Length)
            throw new ArgumentException($"{counts.Count} counts for {_lengths.Length} sequences.", nameof(counts));
        var after = new int[_lengths.Length];
        for (var b = 0; b < after.Length; b++)
        {
            after[b] = _lengths[b] + (counts?[b] ?? (int)length);
            if (after[b] > _options.MaxPositions)
                throw new ArgumentException($"A sequence of {after[b]} tokens is longer than the model's {_options.MaxPositions} positions.", nameof(counts));
        }

        var used = _lengths.Max() + length;
        Reserve(used);
        return new CacheStep(this, _options, _device, _lengths, after, length, used, _slots);
    }

    internal (Tensor Keys, Tensor Values) At(int layer) => (_keys_SCR[layer]!, _values_SCR[layer]!);

    internal void Complete(int[] lengths) => _lengths = lengths;

    private void Reserve(long slots)
    {
        if (slots <= _slots)
            return;
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();

        // Zeros, as a weight of 0 on what is not a number would not be 0.
        long held = _slots, rows = _lengths.Length * _options.KvHeads, width = _options.ResolvedHeadDim;
        _slots = (Math.Max(slots, held + held / 2) + SlotMultiple - 1) / SlotMultiple * SlotMultiple;
        for (var layer = 0; held == 0 && layer < _options.Layers; layer++)
        {
            _keys_SCR[layer] = scope.Detach(torch.zeros([rows, _slots, width], device: _device));
            _values_SCR[layer] = scope.Detach(torch.zeros([rows, _slots, width], device: _device));
        }

        if (held > 0)
            Replace(held_SCR => torch.cat([held_SCR, torch.zeros([rows, _slots - held, width], device: _device)], 1));
    }

    private void Replace(Func<Tensor, Tensor> change)
    {
        foreach (var tensors in (ReadOnlySpan<Tensor?[]>)[_keys_SCR, _values_SCR])
        {
            for (var layer = 0; layer < tensors.Length; layer++)
            {
                if (tensors[layer] is not { } old)
                    continue;
                tensors[layer] = change(old).DetachFromDisposeScope();
                old.Dispose();
            }
        }
    }
}
