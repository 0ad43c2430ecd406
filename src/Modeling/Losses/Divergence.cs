// B sequences, C domains, E experts, P pairs of domains.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Divergences between routing distributions, in nats, in the type of their inputs and with gradients.</summary>
/// <remarks>Equation numbers mean "Expert Divergence Learning" (arXiv 2603.00054) as far as it is known: see <c>docs/paper-decisions.md</c>.</remarks>
public static class Divergence
{
    // Only keeps log 0 away: p log p is 0 long before.
    private const double SmallestProbability = 1e-12;

    // On the host all pairs by one operator.
    private static readonly Operator s_pairwise = new("edl::pairwise_jsd");
    private static readonly Operator s_ofClasses = new("edl::divergence");

    /// <summary>KL(p ‖ q) = Σ p (log p − log q) over the last dimension.</summary>
    /// <param name="p">Distributions, [..., E].</param>
    /// <param name="q">Distributions of a shape that broadcasts.</param>
    public static Tensor KullbackLeibler(Tensor p, Tensor q) => (p * (Log(p) - Log(q))).sum(-1);

    /// <summary>JSD(p ‖ q) = ½ KL(p ‖ m) + ½ KL(q ‖ m), m = ½ (p + q); from 0 to ln 2, never below 0 by rounding.</summary>
    /// <param name="p">Distributions, [..., E].</param>
    /// <param name="q">Distributions, [..., E].</param>
    public static Tensor JensenShannon(Tensor p, Tensor q)
    {
        var logMiddle = Log(0.5 * (p + q));
        var left = (p * (Log(p) - logMiddle)).sum(-1);
        var right = (q * (Log(q) - logMiddle)).sum(-1);
        return (0.5 * left + 0.5 * right).clamp_min(0.0);
    }

    /// <summary>The mean over pairs of classes present of −log(JSD + ε), or of −JSD, between the mean distributions of their rows; 0 where fewer than two are
    /// present. One operator, on the host.</summary>
    /// <param name="rows">Distributions of sequences or tokens, [N, R, E].</param>
    /// <param name="labels">The class of each row, [R], int64; −1: it counts nowhere.</param>
    /// <param name="logarithm">Whether −log(JSD + ε) is taken.</param>
    /// <param name="epsilon">ε.</param>
    /// <returns>[N].</returns>
    internal static Tensor OfClasses(Tensor rows, Tensor labels, bool logarithm, double epsilon) => s_ofClasses.Call(rows.contiguous(), labels, logarithm, epsilon);

    /// <summary>The JSD of every pair of domains.</summary>
    /// <param name="domains">Mean routing distributions by domain, [..., C, E].</param>
    /// <param name="partition">The domains.</param>
    /// <returns>[..., P].</returns>
    public static Tensor Pairwise(Tensor domains, DomainPartition partition) => domains.device.type == DeviceType.CPU
        ? s_pairwise.Call((domains.dim() == 2 ? domains.unsqueeze(0) : domains).contiguous()).view([.. domains.shape[..^2], partition.Pairs])
        : PairwiseComposite(domains, partition);

    /// <summary>The same by operators of libtorch alone.</summary>
    internal static Tensor PairwiseComposite(Tensor domains, DomainPartition partition)
    {
        var (first_P, second_P) = partition.PairIndices(domains.device);
        return JensenShannon(domains.index_select(-2, first_P), domains.index_select(-2, second_P));
    }

    /// <summary>Splits the spread of sequences' routing into between and within domains:
    /// D_total = mean_s KL(p_s ‖ p̄) = D_inter + D_intra, D_inter = Σ_j w_j KL(p̄_j ‖ p̄), D_intra = mean_s KL(p_s ‖ p̄_j(s)).</summary>
    /// <param name="sequences">Mean routing distributions by sequence, [..., B, E].</param>
    /// <param name="partition">The sequences' domains.</param>
    /// <returns>Each [...]. Every part is computed by itself.</returns>
    public static (Tensor Total, Tensor Inter, Tensor Intra) Decompose(Tensor sequences, DomainPartition partition)
    {
        var domains = partition.Average(sequences);
        var overall = sequences.mean([-2], keepdim: true);
        var total = KullbackLeibler(sequences, overall).mean([-1]);
        var inter = (KullbackLeibler(domains, overall) * partition.Shares(sequences).squeeze(-1)).sum(-1);
        var intra = KullbackLeibler(sequences, partition.Spread(domains)).mean([-1]);
        return (total, inter, intra);
    }

    private static Tensor Log(Tensor p) => p.clamp_min(SmallestProbability).log();
}
