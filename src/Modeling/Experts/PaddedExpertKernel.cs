// T tokens, D model, E experts, K top-k, F expert width, W either width, P = T·K pairs of token and expert, N rows per expert after padding.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>All experts in two batched products: pairs sorted by expert, each expert's rows padded to the fullest expert's count.</summary>
/// <remarks>Composite operators only, on any device; the host waits once, for the count. Rows of padding repeat token 0: nothing
/// reads their outputs, so their gradients are 0.</remarks>
public sealed class PaddedExpertKernel : IExpertKernel
{
    private const long RowMultiple = 8;

    /// <inheritdoc/>
    public ExpertResult Forward(Tensor x, Tensor indices, Tensor weights, Tensor gateUp, Tensor down, RoutingCapture capture = RoutingCapture.None)
    {
        long experts = gateUp.size(0), topK = indices.size(1), width = x.size(1);
        var (rowOfPair_P, tokenOfRow_EN, rows) = Plan(indices, experts);
        var x_END = x.index_select(0, tokenOfRow_EN).view(experts, rows, width);
        var activations_ENF = SwiGlu.Apply(torch.bmm(x_END, gateUp));
        var y_TKD = ByToken(torch.bmm(activations_ENF, down));
        return new ExpertResult((y_TKD * weights.unsqueeze(-1)).sum(1),
            capture.HasFlag(RoutingCapture.ExpertOutputs) ? y_TKD : null,
            capture.HasFlag(RoutingCapture.Activations) ? ByToken(activations_ENF) : null);

        Tensor ByToken(Tensor rows_ENW) => rows_ENW.flatten(0, 1).index_select(0, rowOfPair_P).view(-1, topK, rows_ENW.size(-1));
    }

    /// <summary>Which row of the padded batch each pair takes, which token each row shows, and the rows per expert.</summary>
    internal static (Tensor RowOfPair, Tensor TokenOfRow, long Rows) Plan(Tensor indices, long experts)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var topK = indices.size(1);
        var expert_P = indices.flatten();
        var order_P = expert_P.sort(stable: true).Indices;
        var count_E = torch.bincount(expert_P, minlength: experts);
        var rows = (count_E.max().item<long>() + RowMultiple - 1) / RowMultiple * RowMultiple;

        // The i-th pair in expert order is the (i − start)-th of its expert e: row e·rows + i − start_e.
        var shift_E = torch.arange(experts, dtype: ScalarType.Int64, device: indices.device) * rows - (count_E.cumsum(0) - count_E);
        var sortedRow_P = torch.arange(expert_P.size(0), dtype: ScalarType.Int64, device: indices.device)
            + shift_E.index_select(0, expert_P.index_select(0, order_P));
        var rowOfPair_P = torch.empty_like(order_P).scatter_(0, order_P, sortedRow_P);
        var tokenOfRow_EN = torch.zeros([experts * rows], dtype: ScalarType.Int64, device: indices.device)
            .scatter_(0, sortedRow_P, order_P.floor_divide(topK));
        return (rowOfPair_P.MoveToOuterDisposeScope(), tokenOfRow_EN.MoveToOuterDisposeScope(), rows);
    }
}
