// T tokens, D model, E experts, K top-k, F expert width, P = T·K pairs of token and expert, N pairs of one expert.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>One expert after the other, as the definition reads: slow, plain, the oracle of the other kernels.</summary>
public sealed class LoopExpertKernel : IExpertKernel
{
    /// <inheritdoc/>
    public ExpertResult Forward(Tensor x, Tensor indices, Tensor weights, Tensor gateUp, Tensor down, RoutingCapture capture = RoutingCapture.None)
    {
        long tokens = x.size(0), topK = indices.size(1);
        var y_TD = torch.zeros_like(x);
        var outputs_PD = torch.zeros([tokens * topK, x.size(1)], dtype: x.dtype, device: x.device);
        var activations_PF = torch.zeros([tokens * topK, down.size(1)], dtype: x.dtype, device: x.device);
        for (var expert = 0L; expert < gateUp.size(0); expert++)
        {
            var hit_N2 = indices.eq(expert).nonzero();
            if (hit_N2.size(0) == 0)
                continue;
            var tokens_N = hit_N2.select(1, 0);
            var pairs_N = tokens_N * topK + hit_N2.select(1, 1);
            var weight_N1 = weights.flatten().index_select(0, pairs_N).unsqueeze(-1);
            var activation_NF = SwiGlu.Apply(torch.matmul(x.index_select(0, tokens_N), gateUp.select(0, expert)));
            var output_ND = torch.matmul(activation_NF, down.select(0, expert));
            y_TD = y_TD.index_add(0, tokens_N, output_ND * weight_N1, 1.0);
            outputs_PD = outputs_PD.index_add(0, pairs_N, output_ND, 1.0);
            activations_PF = activations_PF.index_add(0, pairs_N, activation_NF, 1.0);
        }

        return new ExpertResult(y_TD,
            capture.HasFlag(RoutingCapture.ExpertOutputs) ? outputs_PD.view(tokens, topK, -1) : null,
            capture.HasFlag(RoutingCapture.Activations) ? activations_PF.view(tokens, topK, -1) : null);
    }
}
