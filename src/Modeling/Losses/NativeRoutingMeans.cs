// B batch, T tokens, E experts, K top-k, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The sequences' mean probabilities and counts of tokens by expert, of all layers in one pass on the host (<c>edl::routing_means</c>).</summary>
internal static class NativeRoutingMeans
{
    private static readonly Operator s_operator = new("edl::routing_means");

    /// <summary>What <see cref="RoutingMeans.BySequence"/> and <see cref="RoutingMeans.CountsBySequence"/> give.</summary>
    /// <param name="routers">Where the layers sent the tokens, on the host.</param>
    /// <param name="batch">The batch that went in.</param>
    /// <returns>[N, B, E] each; the means in double, the counts without gradient.</returns>
    public static (Tensor Means, Tensor Counts) Of(IReadOnlyList<RouterOutput> routers, TrainingBatch batch)
    {
        var lengths_B = batch.Lengths is { } lengths ? torch.tensor(lengths.Select(n => (long)n).ToArray(), [lengths.Count]) : null;
        return Call([.. routers.Select(r => r.Probabilities)], [.. routers.Select(r => r.Indices)], batch.Ids.size(0), lengths_B);
    }

    private static unsafe (Tensor Means, Tensor Counts) Call(Tensor[] probabilities, Tensor[] indices, long sequences, Tensor? lengths_B)
    {
        var (p, i) = (new nint[probabilities.Length], new nint[indices.Length]);
        Tensor.FillHandles(probabilities, p);
        Tensor.FillHandles(indices, i);
        fixed (nint* first = p, second = i)
            return s_operator.Call2(Argument.Tensors(first, p.Length), Argument.Tensors(second, i.Length), sequences, lengths_B);
    }
}
