namespace ExpertDivergence.Training;

/// <summary>Memory of one rank by kind, bytes. Data parallel alone: every rank holds all of it.</summary>
/// <param name="Weights">In 32 bits: 4 P, P all weights.</param>
/// <param name="Operands">Copies that products are made with. Operator by operator in bfloat16: 2 M, M all weights but embedding, norms and router;
/// in fp32 none; fused: two layouts of each, 2 w M.</param>
/// <param name="OperandsRecomputed">Likewise with layers computed again, where autograd holds those of one layer or of the head at a time.</param>
/// <param name="Gradients">4 P.</param>
/// <param name="Moments">AdamW's two: 8 P.</param>
/// <param name="Activations">A micro-batch's, everything kept.</param>
/// <param name="ActivationsRecomputed">A micro-batch's, layers computed again on the way back (<c>train.activation_checkpointing: layer</c>).</param>
public sealed record MemoryEstimate(long Weights, long Operands, long OperandsRecomputed, long Gradients, long Moments, long Activations, long ActivationsRecomputed)
{
    /// <summary>What is there whatever the batch and the pass.</summary>
    public long State => Weights + Gradients + Moments;

    /// <summary>Everything kept.</summary>
    public long Total => State + Operands + Activations;

    /// <summary>Layers computed again.</summary>
    public long TotalRecomputed => State + OperandsRecomputed + ActivationsRecomputed;

    /// <summary>Adds up a rank's memory.</summary>
    public static MemoryEstimate Of(EstimateRequest request)
    {
        var model = request.Model;
        var total = model.CountParameters().Total;
        long d = model.Dim, vectors = (model.Layers * ((2 * d) + (2 * model.ResolvedHeadDim))) + d, head = model.VocabSize * d;
        var multiplied = total - head - vectors - ((long)model.MoeLayers * model.Experts * d);
        var largestLayer = (2L * (model.Heads + model.KvHeads) * model.ResolvedHeadDim * d) + (3 * d * (((long)model.Experts * model.ExpertWidth) + model.SharedWidth));
        var (operands, recomputed) = request.IsFused ? (2 * request.OperandBytes * multiplied, 2 * request.OperandBytes * multiplied)
            : request.OperandBytes == 2 ? (2 * multiplied, 2 * Math.Max(largestLayer, head)) : (0, 0);
        var activations = ActivationEstimate.Of(request);
        return new(4 * total, operands, recomputed, 4 * total, 8 * total,
            activations.Kept(model, request.MicroBatchTokens), activations.Recomputed(model, request.MicroBatchTokens));
    }
}
