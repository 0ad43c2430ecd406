// T tokens, D model, E experts, K top-k, F expert width, W and V either width, P = T·K pairs of token and expert.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>All experts in two grouped products in bfloat16: pairs sorted by expert, no row padded, the host waits for nothing.</summary>
/// <remarks>For GPUs whose libtorch has <c>aten::_grouped_mm</c>. Outside mixed precision, and in widths that are no multiple of 8,
/// <see cref="PaddedExpertKernel"/> runs instead. Tokens are copied to their rows in a permutation, so that no gradient is added up in an order of chance.</remarks>
public sealed class GroupedExpertKernel : IExpertKernel
{
    private const long WidthMultiple = 8;
    private static readonly Operator s_grouped = new("aten::_grouped_mm");

    private readonly Product _product;
    private readonly PaddedExpertKernel _padded = new();

    /// <summary>The kernel on libtorch's product.</summary>
    public GroupedExpertKernel()
        : this((rows, weights, ends) => s_grouped.Call(rows, weights, ends))
    {
    }

    /// <summary>The kernel on another product.</summary>
    internal GroupedExpertKernel(Product product) => _product = product;

    /// <summary>Rows [P, W] by the matrices [E, W, V] of their experts, whose rows end before those numbers, [E] int32.</summary>
    internal delegate Tensor Product(Tensor rows_PW, Tensor matrices_EWV, Tensor ends_E);

    /// <summary>Whether the libtorch at hand has the product.</summary>
    public static bool Exists => s_grouped.Exists;

    /// <inheritdoc/>
    public ExpertResult Forward(Tensor x, Tensor indices, Tensor weights, Tensor gateUp, Tensor down, RoutingCapture capture = RoutingCapture.None)
    {
        long topK = indices.size(1), width = x.size(1);
        if (!torch.is_autocast_enabled(x.device.type) || width % WidthMultiple != 0 || down.size(1) % WidthMultiple != 0)
            return _padded.Forward(x, indices, weights, gateUp, down, capture);
        var (order_P, rowOfPair_P, ends_E) = Plan(indices, gateUp.size(0));
        var pairs_PD = x.to(ScalarType.BFloat16).unsqueeze(1).expand(-1, topK, -1).reshape(-1, width);
        var activation_PF = SwiGlu.Apply(_product(pairs_PD.index_select(0, order_P), gateUp.to(ScalarType.BFloat16), ends_E));
        var y_TKD = ByToken(_product(activation_PF, down.to(ScalarType.BFloat16), ends_E));
        return new ExpertResult((y_TKD * weights.unsqueeze(-1)).sum(1),
            capture.HasFlag(RoutingCapture.ExpertOutputs) ? y_TKD : null,
            capture.HasFlag(RoutingCapture.Activations) ? ByToken(activation_PF) : null);

        Tensor ByToken(Tensor rows_PW) => rows_PW.index_select(0, rowOfPair_P).view(-1, topK, rows_PW.size(-1));
    }

    /// <summary>Which pair each row shows, which row each pair takes, and before which row each expert's end.</summary>
    internal static (Tensor Order, Tensor RowOfPair, Tensor Ends) Plan(Tensor indices, long experts)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var expert_P = indices.flatten();
        var order_P = expert_P.sort(stable: true).Indices;
        var rowOfPair_P = torch.empty_like(order_P).scatter_(0, order_P, torch.arange(order_P.size(0), dtype: ScalarType.Int64, device: order_P.device));

        // Whole numbers add up to the same in any order. (bincount would wait for the device.)
        var count_E = torch.zeros([experts], dtype: ScalarType.Int64, device: indices.device).scatter_add_(0, expert_P, torch.ones_like(expert_P));
        return (scope.MoveToOuter(order_P), scope.MoveToOuter(rowOfPair_P), scope.MoveToOuter(count_E.cumsum(0).to(ScalarType.Int32)));
    }
}
