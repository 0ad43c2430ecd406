// L length, Q queries per key head.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>What is added to attention scores so that no position sees a later one: 0 or −∞, [1, Q·L, L].</summary>
/// <remarks>Made once for a length and kept: training has one length, evaluation a few.</remarks>
public sealed class CausalMask : IDisposable
{
    private const int Kept = 8;
    private readonly Dictionary<(long Length, long Group), Tensor> _masks = [];

    /// <summary>The mask for a length.</summary>
    /// <param name="length">L.</param>
    /// <param name="group">Q: how many queries of a position stand below one another.</param>
    /// <param name="like">Whose type and place the mask takes.</param>
    public Tensor For(long length, long group, Tensor like)
    {
        if (_masks.TryGetValue((length, group), out var mask))
            return mask;
        if (_masks.Count >= Kept)
            Dispose();

        var values = new float[length * length];
        for (var row = 0L; row < length; row++)
            values.AsSpan((int)(row * length + row + 1), (int)(length - row - 1)).Fill(float.NegativeInfinity);
        using var scope = torch.NewDisposeScope();
        mask = torch.tensor(values, [length, length]).repeat(1, group, 1).to(like.dtype, like.device);
        return _masks[(length, group)] = scope.Detach(mask);
    }

    /// <summary>Frees the masks.</summary>
    public void Dispose()
    {
        foreach (var mask in _masks.Values)
            mask.Dispose();
        _masks.Clear();
    }
}
