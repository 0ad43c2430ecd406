// T tokens, D model, E experts, K top-k, N layers, P = T·K pairs of token and expert.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Orthogonal experts: penalises what a token's experts say in each other's direction.</summary>
/// <remarks>"Advancing Expert Specialization for Better MoE" (Guo et al. 2025, arXiv 2505.22323). y_tj is what the j-th chosen expert says of
/// token t, without its weight; the gradient flows into experts, not through the choice.
/// <para><c>paper</c>, equation 6: (1/T) Σ_t Σ_j Σ_(k≠j) ‖ ⟨y_tj, y_tk⟩ / (⟨y_tk, y_tk⟩ + ε) · y_tk ‖², here divided by T, which the paper's sum
/// is not.</para>
/// <para><c>code_intended</c>, as the authors' program means it: (1/TK) Σ_t Σ_j ‖ projection of y_tj on the span of the other y_tk ‖², by
/// Gram–Schmidt. With K = 2 it is half of <c>paper</c>, but for ε.</para>
/// <para><c>code_literal</c>, as that program computes it: the outputs, which lie in the experts' order, are cut into groups of K without being
/// brought back into the tokens' order, so that a group holds K tokens of mostly one expert.</para>
/// At least 0; 0 when a token's experts are orthogonal; 0 with K = 1.</remarks>
public sealed class ExpertOrthogonalityLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "orthogonality";

    // Of a row of zeros, which has no direction.
    private const double SmallestSquare = 1e-30;

    private static readonly LossOptions s_defaults = new()
    {
        Formula = "paper", Coefficient = 1e-3, Epsilon = 1e-8, Layers = "mean", Scaling = "dynamic",
    };

    private static readonly Dictionary<string, string[]> s_choices = new()
    {
        ["formula"] = ["paper", "code_intended", "code_literal"], ["layers"] = ["mean", "sum"], ["scaling"] = LossOptions.Scalings,
    };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public ExpertOrthogonalityLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public RoutingCapture Capture => Options.Formula == "code_literal" ? RoutingCapture.ExpertOutputs : RoutingCapture.OutputProducts;

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means)
    {
        if (means.TopK < 2)
            return means.Zeros();
        if (means.Native && Options.Formula != "code_literal")
            return NativeLosses.OfProducts(means, means.OutputProducts, Options.Formula == "paper" ? "pairs" : "span", Options.Epsilon!.Value).to(means.Type);
        if (Options.Formula == "paper")
            return means.TokenMean(Pairs(torch.stack(means.OutputProducts))).to(means.Type);
        if (Options.Formula == "code_intended")
            return (means.TokenMean(Projections(torch.stack(means.OutputProducts))) / (double)means.TopK).to(means.Type);

        // Padding was sorted to the end: the groups of the other tokens come first.
        var groups_NT = Projections(ProductsInExpertOrder(means)).narrow(-1, 0, means.Tokens);
        return (groups_NT.sum(-1) / (double)(means.Tokens * means.TopK)).to(means.Type);
    }

    // Σ_j Σ_(k≠j) g_jk² q_k = Σ_(j<k) g_jk² (q_j + q_k) with q_k = g_kk / (g_kk + ε)², [N, T, K, K] → [N, T].
    private Tensor Pairs(Tensor products_NTKK)
    {
        var rows = (int)products_NTKK.size(-1);
        var product = PairProducts.ByPair(products_NTKK);
        var perLength = Enumerable.Range(0, rows).Select(k => product[(k * rows) + k])
            .Select(square => square / (square + Options.Epsilon!.Value).square()).ToArray();
        Tensor? sum = null;
        for (var j = 0; j < rows; j++)
        {
            for (var k = j + 1; k < rows; k++)
            {
                var term = product[(j * rows) + k].square() * (perLength[j] + perLength[k]);
                sum = sum is null ? term : sum + term;
            }
        }

        return sum!;
    }

    // Σ_j ‖projection of row j on the others‖², from inner products alone: a Cholesky factor of the other rows' products, row j last, is
    // Gram–Schmidt, and the factor's last row holds row j's coordinates. All j at once, [K, N, T].
    private Tensor Projections(Tensor products_NTKK)
    {
        var rows = (int)products_NTKK.size(-1);
        var product = PairProducts.ByPair(products_NTKK);
        var factor = new Tensor[rows, rows];
        Tensor? projected = null;
        for (var m = 0; m < rows - 1; m++)
        {
            var square = LeaveOneOut(m, m);
            var left = square;
            for (var l = 0; l < m; l++)
                left -= factor[m, l].square();

            // A row that lies in the span of those before it adds nothing; rounding must not make it a direction.
            var perLength = torch.maximum(left, square * Options.Epsilon!.Value).clamp_min(SmallestSquare).rsqrt();
            for (var x = m + 1; x < rows; x++)
            {
                var inner = LeaveOneOut(x, m);
                for (var l = 0; l < m; l++)
                    inner -= factor[x, l] * factor[m, l];
                factor[x, m] = inner * perLength;
            }

            var coordinate = factor[rows - 1, m].square();
            projected = projected is null ? coordinate : projected + coordinate;
        }

        return projected!.sum(0);

        // The products of the rows at two places, for every j: row j at the last place, the others in order.
        Tensor LeaveOneOut(int x, int y) => torch.stack([.. Enumerable.Range(0, rows).Select(j => product[(Row(x, j) * rows) + Row(y, j)])]);

        int Row(int place, int last) => place == rows - 1 ? last : place < last ? place : place + 1;
    }

    private static Tensor ProductsInExpertOrder(RoutingMeans means)
    {
        var expert_NTK = means.Indices;
        if (means.Mask is { } mask_T)
            expert_NTK = expert_NTK.masked_fill(mask_T.eq(0).unsqueeze(-1), means.Experts);
        var order_NP = expert_NTK.flatten(1).sort(-1, stable: true).Indices;
        return torch.stack([.. means.Routers.Select((router, layer) =>
            PairProducts.Of(router.ExpertOutputs!.flatten(0, 1).index_select(0, order_NP.select(0, layer)).view(router.ExpertOutputs.shape)))]);
    }
}
