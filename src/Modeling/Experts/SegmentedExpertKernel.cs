// T tokens, D model, E experts, K top-k, F expert width, P = T·K pairs of token and expert, N pairs of one expert.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Pairs sorted by expert, then one expert's rows after the other's: no row is computed in vain.</summary>
/// <remarks>Composite operators only. The fastest on the host, where starting an operator costs little and every padded row costs
/// its products; the host reads the experts' counts once.</remarks>
public sealed class SegmentedExpertKernel : IExpertKernel
{
    /// <inheritdoc/>
    public ExpertResult Forward(Tensor x, Tensor indices, Tensor weights, Tensor gateUp, Tensor down, RoutingCapture capture = RoutingCapture.None)
    {
        long experts = gateUp.size(0), topK = indices.size(1);
        var (tokenOfRow_P, rowOfPair_P, counts_E) = Plan(indices, experts);
        var segments_ND = x.index_select(0, tokenOfRow_P).split(counts_E);
        var gateUps = gateUp.unbind();
        var downs = down.unbind();
        List<Tensor> outputs = new(segments_ND.Length), activations = new(segments_ND.Length);
        for (var expert = 0; expert < experts; expert++)
        {
            if (counts_E[expert] == 0)
                continue;
            var activation_NF = SwiGlu.Apply(torch.mm(segments_ND[expert], gateUps[expert]));
            outputs.Add(torch.mm(activation_NF, downs[expert]));
            activations.Add(activation_NF);
        }

        var y_TKD = ByToken(outputs);
        return new ExpertResult((y_TKD * weights.unsqueeze(-1)).sum(1),
            capture.HasFlag(RoutingCapture.ExpertOutputs) ? y_TKD : null,
            capture.HasFlag(RoutingCapture.Activations) ? ByToken(activations) : null);

        Tensor ByToken(List<Tensor> rows) => torch.cat([.. rows]).index_select(0, rowOfPair_P).view(-1, topK, rows[0].size(-1));
    }

    /// <summary>Which token each sorted row shows, which row each pair takes, and the rows of each expert.</summary>
    internal static (Tensor TokenOfRow, Tensor RowOfPair, long[] Counts) Plan(Tensor indices, long experts)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var expert_P = indices.flatten();
        var order_P = expert_P.sort(stable: true).Indices;
        var counts_E = torch.bincount(expert_P, minlength: experts).ToArray<long>();
        var rowOfPair_P = torch.empty_like(order_P).scatter_(0, order_P, torch.arange(order_P.size(0), device: order_P.device));
        return (scope.MoveToOuter(order_P.floor_divide(indices.size(1))), scope.MoveToOuter(rowOfPair_P), counts_E);
    }
}
