// B batch, L length, T = B·L, Q queries per key head, G = B·key heads.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>What is added to attention scores so that no position sees a later one or another document: 0 or −∞.</summary>
public static class DocumentMask
{
    /// <summary>The mask of a batch, [G, Q·L, L]; it belongs to the current scope.</summary>
    /// <param name="starts_T">The first position that each token may attend to, int32 (<see cref="DocumentStarts"/>).</param>
    /// <param name="batch">B.</param>
    /// <param name="keyHeads">Key heads.</param>
    /// <param name="group">Q: how many queries of a position stand below one another.</param>
    /// <param name="like">Whose type and place the mask takes.</param>
    public static Tensor Of(Tensor starts_T, long batch, long keyHeads, long group, Tensor like)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var length = starts_T.size(0) / batch;
        var key_L = torch.arange(length, dtype: ScalarType.Int32, device: starts_T.device);
        var outside_BLL = key_L.lt(starts_T.view(batch, length, 1)).logical_or(key_L.gt(key_L.unsqueeze(-1)));
        var mask_BLL = torch.zeros([batch, length, length], dtype: like.dtype, device: like.device).masked_fill(outside_BLL, float.NegativeInfinity);
        return scope.MoveToOuter(mask_BLL.repeat(1, group, 1).repeat_interleave(keyHeads, 0));
    }
}
