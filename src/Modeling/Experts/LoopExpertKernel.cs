// T tokens, D model, E experts, K top-k, F expert width, N tokens of one expert.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>One expert after the other, as the definition reads: slow, plain, the oracle of the other kernels.</summary>
public sealed class LoopExpertKernel : IExpertKernel
{
    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Tensor indices, Tensor weights, Tensor gateUp, Tensor down)
    {
        var y_TD = torch.zeros_like(x);
        for (var expert = 0L; expert < gateUp.size(0); expert++)
        {
            var hit_N2 = indices.eq(expert).nonzero();
            if (hit_N2.size(0) == 0)
                continue;
            var tokens_N = hit_N2.select(1, 0);
            var weight_N1 = weights.flatten().index_select(0, tokens_N * indices.size(1) + hit_N2.select(1, 1)).unsqueeze(-1);
            var output_ND = SwiGlu.Apply(torch.matmul(x.index_select(0, tokens_N), gateUp.select(0, expert)));
            y_TD = y_TD.index_add(0, tokens_N, torch.matmul(output_ND, down.select(0, expert)) * weight_N1, 1.0);
        }

        return y_TD;
    }
}
