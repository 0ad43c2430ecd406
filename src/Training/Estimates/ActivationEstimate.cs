// L length, D model, V vocabulary, E experts, K top-k, F expert width, H query heads, G key/value heads, Q = H · head width, U = G · head width,
// w bytes of an operand of a product.
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>What the gradient needs of a forward pass, bytes a token; derived in <c>docs/scale.md</c>.</summary>
/// <param name="PerLayer">One layer:
/// operator by operator (20 + w) D + 2 w K D + 4 w Q + 8 (Q + U) + 4 w K F + 4 (2H + G) + 8, and w H L where attention keeps its shares;
/// fused 12 D + w (2Q + 2U) + 4 H + 2 w K F + 8; either way with <paramref name="Routing"/>, 4 w S for shared experts of width S, and what losses
/// capture: 4 K D of experts' outputs, 4 K F of their insides (w K F fused where only products are wanted), 4 K² of either's products. A dense layer
/// counts as one with experts.</param>
/// <param name="Routing">Scores, shares, indices and weights of a layer: 8 E + 20 K. It outlives the layer, since losses are made of it.</param>
/// <param name="Stream">The residual stream between two layers: 4 D.</param>
/// <param name="Head">Last norm, scores, their logarithms and gradient: (8 + w) D + 4 + 12 V, and w V in bfloat16; fused, which goes block by block, 4 D + 8.</param>
public sealed record ActivationEstimate(long PerLayer, long Routing, long Stream, long Head)
{
    /// <summary>Counts the tensors.</summary>
    public static ActivationEstimate Of(EstimateRequest request)
    {
        var m = request.Model;
        long d = m.Dim, k = m.TopK, f = m.ExpertWidth, h = m.Heads, w = request.OperandBytes;
        long shared = 4 * w * m.SharedWidth;
        long q = h * m.ResolvedHeadDim, u = (long)m.KvHeads * m.ResolvedHeadDim;
        var routing = (8L * m.Experts) + (20 * k);
        var captured = Captured(request);
        if (request.IsFused)
        {
            var fused = (12 * d) + (w * ((2 * q) + (2 * u))) + (4 * h) + (2 * w * k * f) + 8;
            return new(fused + shared + routing + captured, routing, 4 * d, (4 * d) + 8);
        }

        var composite = ((20 + w) * d) + (2 * w * k * d) + (4 * w * q) + (8 * (q + u)) + (4 * w * k * f) + (4 * ((2 * h) + m.KvHeads)) + 8;
        var shares = request.Training.Device == TrainingDevice.Cuda ? 0 : w * h * request.Length;
        return new(composite + shares + shared + routing + captured, routing, 4 * d, ((8 + w) * d) + 4 + (m.VocabSize * (w == 4 ? 12L : 12 + w)));
    }

    private static long Captured(EstimateRequest request)
    {
        long d = request.Model.Dim, k = request.Model.TopK, f = request.Model.ExpertWidth;
        bool Has(RoutingCapture kept) => (request.Capture & kept) != 0;
        var bytes = Has(RoutingCapture.ExpertOutputs | RoutingCapture.OutputProducts) ? 4 * k * d : 0;
        bytes += Has(RoutingCapture.Activations) || (Has(RoutingCapture.ActivationProducts) && !request.IsFused) ? 4 * k * f : 0;
        bytes += Has(RoutingCapture.ActivationProducts) && request.IsFused ? request.OperandBytes * k * f : 0;
        return bytes + (Has(RoutingCapture.OutputProducts) ? 4 * k * k : 0) + (Has(RoutingCapture.ActivationProducts) ? 4 * k * k : 0);
    }

    /// <summary>Bytes of a micro-batch at its largest, everything kept: layers · <see cref="PerLayer"/> + <see cref="Head"/> a token.</summary>
    public long Kept(ModelOptions model, long tokens) => tokens * ((model.Layers * PerLayer) + Head);

    /// <summary>Likewise with layers computed again: layers · (<see cref="Stream"/> + <see cref="Routing"/>) + the larger of one layer and the head.</summary>
    public long Recomputed(ModelOptions model, long tokens) => tokens * ((model.Layers * (Stream + Routing)) + Math.Max(PerLayer, Head));
}
