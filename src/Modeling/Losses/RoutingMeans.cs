// B batch, L length, T = B·L, E experts, D model, K top-k, N layers, P = T·K pairs of token and expert.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>What losses are made of: a micro-batch's routing, and its averages, each computed once and for all layers together.</summary>
/// <remarks>Padding counts nowhere: means run over a sequence's own tokens. N counts the layers that have experts.</remarks>
/// <param name="routers">Where the layers sent the tokens.</param>
/// <param name="batch">The batch that went in.</param>
/// <param name="scope">What the micro-batches and ranks of the step share; null where this is all of it.</param>
/// <param name="routerWeights">The routers' weights, [E, D] each, for losses on them.</param>
public sealed class RoutingMeans(
    IReadOnlyList<RouterOutput> routers, TrainingBatch batch, StepScope? scope = null, IReadOnlyList<Tensor>? routerWeights = null)
{
    private readonly long _sequences = batch.Ids.size(0);
    private Tensor? _logits_NTE, _full_NTE, _postTopK_NTE, _full_NBE, _double_NBE, _postTopK_NBE, _counts_NBE, _mask_T, _indices_NTK, _lengths_B;

    /// <summary>Where the layers sent the tokens, first layer with experts first.</summary>
    public IReadOnlyList<RouterOutput> Routers => routers;

    /// <summary>The batch that went in.</summary>
    public TrainingBatch Batch => batch;

    /// <summary>What the micro-batches and ranks of the step share.</summary>
    public StepScope Scope { get; } = scope ?? new StepScope();

    /// <summary>Whether means, counts and losses are made by an operator of their own each, as on the host, instead of libtorch's one by one.</summary>
    internal bool Native { get; init; } = routers[0].Probabilities.device.type == DeviceType.CPU;

    /// <summary>Number of layers with experts, N.</summary>
    public int Layers => routers.Count;

    /// <summary>Number of experts, E.</summary>
    public long Experts => routers[0].Probabilities.size(-1);

    /// <summary>Number of experts a token goes to, K.</summary>
    public long TopK => routers[0].Indices.size(-1);

    /// <summary>How many tokens are no padding.</summary>
    public long Tokens => batch.Lengths?.Sum(n => (long)n) ?? routers[0].Probabilities.size(0);

    /// <summary>The type of the probabilities.</summary>
    public ScalarType Type => routers[0].Probabilities.dtype;

    /// <summary>A zero with the type and the place of the probabilities, [values].</summary>
    public Tensor Zeros(int? values = null) =>
        torch.zeros([values ?? Layers], dtype: routers[0].Probabilities.dtype, device: routers[0].Probabilities.device);

    /// <summary>1 where a token stands, 0 where padding does, [T], in the type of the probabilities; null where none is padded.</summary>
    public Tensor? Mask => batch.Lengths is null ? null : _mask_T ??= MakeMask(batch.Lengths);

    /// <summary>The routers' scores, [N, T, E].</summary>
    public Tensor Logits => _logits_NTE ??= torch.stack([.. routers.Select(r => r.Logits)]);

    /// <summary>The chosen experts, [N, T, K], int64.</summary>
    public Tensor Indices => _indices_NTK ??= torch.stack([.. routers.Select(r => r.Indices)]);

    /// <summary>The inner products of what each token's experts said, [T, K, K] by layer; they or the outputs must have been captured.</summary>
    public Tensor[] OutputProducts => [.. routers.Select(r => r.OutputProducts ?? PairProducts.Of(r.ExpertOutputs!))];

    /// <summary>The same of what they held; products or activations must have been captured.</summary>
    public Tensor[] ActivationProducts => [.. routers.Select(r => r.ActivationProducts ?? PairProducts.Of(r.Activations!))];

    /// <summary>How many tokens of each sequence are no padding, [B], int64, on the host; null where none is padded.</summary>
    internal Tensor? Lengths => batch.Lengths is not { } lengths ? null : _lengths_B ??= torch.tensor(lengths.Select(n => (long)n).ToArray(), [lengths.Count]);

    /// <summary>The routers' weights, [N, E, D].</summary>
    /// <exception cref="InvalidOperationException">They were not given.</exception>
    public Tensor RouterWeights() => torch.stack([.. routerWeights ?? throw new InvalidOperationException("The routers' weights were not given.")]);

    /// <summary>Each token's routing distribution, [N, T, E].</summary>
    /// <param name="probabilities"><c>full</c>: over all experts; <c>post_top_k</c>: the chosen K, renormalised, others 0.</param>
    public Tensor ByToken(string probabilities) => probabilities == "full"
        ? _full_NTE ??= torch.stack([.. routers.Select(r => r.Probabilities)])
        : _postTopK_NTE ??= PostTopK();

    /// <summary>Mean routing distribution by sequence, [N, B, E].</summary>
    /// <param name="probabilities">As of <see cref="ByToken"/>.</param>
    public Tensor BySequence(string probabilities) => probabilities == "full"
        ? _full_NBE ??= Native ? InDouble().to(Type) : SequenceMeans(ByToken(probabilities))
        : _postTopK_NBE ??= SequenceMeans(ByToken(probabilities));

    /// <summary>The same in double, before it is rounded where that can be had.</summary>
    /// <param name="probabilities">As of <see cref="ByToken"/>.</param>
    public Tensor BySequenceInDouble(string probabilities) =>
        Native && probabilities == "full" ? InDouble() : BySequence(probabilities).to(ScalarType.Float64);

    private Tensor InDouble()
    {
        if (_double_NBE is null)
            (_double_NBE, _counts_NBE) = NativeRoutingMeans.Of(routers, batch);
        return _double_NBE;
    }

    /// <summary>The mean over the tokens that are no padding.</summary>
    /// <param name="values_NT">A value a token, [..., T].</param>
    /// <returns>[...].</returns>
    public Tensor TokenMean(Tensor values_NT) =>
        (Mask is { } mask_T ? values_NT * mask_T.to(values_NT.dtype) : values_NT).sum(-1) / (double)Tokens;

    /// <summary>Mean probability of each expert over all tokens: P of the load-balancing loss, [N, E].</summary>
    public Tensor MeanProbability()
    {
        var means_NBE = BySequence("full");
        if (batch.Lengths is not { } lengths)
            return means_NBE.mean([1]);
        var total = (double)lengths.Sum();
        var share_B1 = torch.tensor(lengths.Select(n => n / total).ToArray(), [_sequences, 1]).to(means_NBE.dtype, means_NBE.device);
        return (means_NBE * share_B1).sum(1);
    }

    /// <summary>How many of a sequence's tokens each expert got, without gradient, [N, B, E].</summary>
    public Tensor CountsBySequence()
    {
        if (Native)
            InDouble();
        return _counts_NBE ??= MakeCounts();
    }

    /// <summary>How many tokens each expert got, without gradient, [N, E].</summary>
    public Tensor Counts() => CountsBySequence().sum(1);

    /// <summary>Share of the assignments that each expert got: f of the load-balancing loss, sums to 1, without gradient, [N, E].</summary>
    public Tensor Load() => Counts() / (double)(Tokens * TopK);

    /// <summary>The same within each sequence, [N, B, E].</summary>
    public Tensor LoadBySequence()
    {
        var counts_NBE = CountsBySequence();
        return counts_NBE / counts_NBE.sum(-1, keepdim: true);
    }

    private Tensor PostTopK()
    {
        var weights_NTK = torch.stack([.. routers.Select(r => r.Weights)]);
        return torch.zeros_like(ByToken("full")).scatter(-1, Indices, weights_NTK / weights_NTK.sum(-1, keepdim: true));
    }

    private Tensor SequenceMeans(Tensor p_NTE)
    {
        var p_NBLE = p_NTE.view(Layers, _sequences, -1, Experts);
        if (Mask is not { } mask_T)
            return p_NBLE.mean([2]);
        var mask_BL1 = mask_T.view(_sequences, -1, 1);
        return (p_NBLE * mask_BL1).sum(2) / mask_BL1.sum(1);
    }

    // Whole numbers, so that the order of the additions changes nothing.
    private Tensor MakeCounts()
    {
        // Kept by this object, so made outside of the scope.
        var (indices_NTK, mask_T) = (Indices, Mask);
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var like = routers[0].Probabilities;
        var sequence_T1 = (torch.arange(_sequences, dtype: ScalarType.Int64, device: like.device) * Experts).repeat_interleave(like.size(0) / _sequences).unsqueeze(-1);
        var slot_NP = (indices_NTK + sequence_T1).flatten(1);
        var ones_NP = (mask_T is not null ? mask_T.unsqueeze(-1).expand(-1, TopK).flatten() : torch.ones([slot_NP.size(1)], dtype: like.dtype, device: like.device))
            .expand(Layers, -1);
        return scope.MoveToOuter(torch.zeros([Layers, _sequences * Experts], dtype: like.dtype, device: like.device)
            .scatter_add_(1, slot_NP, ones_NP).view(Layers, _sequences, Experts));
    }

    private Tensor MakeMask(IReadOnlyList<int> lengths)
    {
        var like = routers[0].Probabilities;
        var lengths_B1 = torch.tensor(lengths.Select(n => (long)n).ToArray(), [_sequences, 1]).to(like.device);
        return torch.arange(batch.Ids.size(1), dtype: ScalarType.Int64, device: like.device).lt(lengths_B1).to(like.dtype).flatten();
    }
}
