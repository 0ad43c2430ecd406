// B batch, L length, T = B·L, E experts, K top-k, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The averages of a batch's routing that losses are made of, each computed once and for all layers together.</summary>
/// <remarks>Padding counts nowhere: means run over a sequence's own tokens.</remarks>
public sealed class RoutingMeans
{
    private readonly IReadOnlyList<RouterOutput> _routers;
    private readonly TrainingBatch _batch;
    private readonly long _sequences;
    private Tensor? _full_NBE, _postTopK_NBE;

    /// <summary>Prepares the averages of one forward pass.</summary>
    /// <param name="routers">Where the layers sent the tokens.</param>
    /// <param name="batch">The batch that went in.</param>
    public RoutingMeans(IReadOnlyList<RouterOutput> routers, TrainingBatch batch) =>
        (_routers, _batch, _sequences) = (routers, batch, batch.Ids.size(0));

    /// <summary>The batch that went in.</summary>
    public TrainingBatch Batch => _batch;

    /// <summary>Number of layers, N.</summary>
    public int Layers => _routers.Count;

    /// <summary>Number of experts, E.</summary>
    public long Experts => _routers[0].Probabilities.size(-1);

    /// <summary>A zero with the type and the place of the probabilities, [N].</summary>
    public Tensor Zeros() => torch.zeros([Layers], dtype: _routers[0].Probabilities.dtype, device: _routers[0].Probabilities.device);

    /// <summary>Mean routing distribution by sequence, [N, B, E].</summary>
    /// <param name="probabilities"><c>full</c>: the softmax over all experts; <c>post_top_k</c>: the chosen K, renormalised.</param>
    public Tensor BySequence(string probabilities) => probabilities == "full"
        ? _full_NBE ??= SequenceMeans(r => r.Probabilities)
        : _postTopK_NBE ??= SequenceMeans(PostTopK);

    /// <summary>Mean softmax probability of each expert over all tokens: P of the load-balancing loss, [N, E].</summary>
    public Tensor MeanProbability()
    {
        var means_NBE = BySequence("full");
        if (_batch.Lengths is not { } lengths)
            return means_NBE.mean([1]);
        var total = (double)lengths.Sum();
        var share_B1 = torch.tensor(lengths.Select(n => n / total).ToArray(), [_sequences, 1]).to(means_NBE.dtype, means_NBE.device);
        return (means_NBE * share_B1).sum(1);
    }

    /// <summary>Share of the assignments that each expert got: f of the load-balancing loss, sums to 1, without gradient, [N, E].</summary>
    public Tensor Load()
    {
        var like = _routers[0].Probabilities;
        var weights_P = _batch.Lengths is null ? null : Mask(like).flatten().repeat_interleave(_routers[0].Indices.size(-1));
        var counts_NE = torch.stack([.. _routers.Select(r => torch.bincount(r.Indices.flatten(), weights_P, Experts))], 0).to(like.dtype);
        var tokens = _batch.Lengths?.Sum() ?? like.size(0);
        return counts_NE / (double)(tokens * _routers[0].Indices.size(-1));
    }

    private Tensor SequenceMeans(Func<RouterOutput, Tensor> probabilities)
    {
        var mask_BL1 = _batch.Lengths is null ? null : Mask(_routers[0].Probabilities).unsqueeze(-1);
        return torch.stack([.. _routers.Select(router =>
        {
            var p_BLE = probabilities(router).view(_sequences, -1, Experts);
            return mask_BL1 is null ? p_BLE.mean([1]) : (p_BLE * mask_BL1).sum(1) / mask_BL1.sum(1);
        })], 0);
    }

    private static Tensor PostTopK(RouterOutput router) =>
        torch.zeros_like(router.Probabilities).scatter(-1, router.Indices, router.Weights / router.Weights.sum(-1, keepdim: true));

    // 1 where a token stands, 0 where padding does, [B, L].
    private Tensor Mask(Tensor like)
    {
        var lengths_B1 = torch.tensor(_batch.Lengths!.Select(n => (long)n).ToArray(), [_sequences, 1]).to(like.device);
        return torch.arange(_batch.Ids.size(1), dtype: ScalarType.Int64, device: like.device).lt(lengths_B1).to(like.dtype);
    }
}
