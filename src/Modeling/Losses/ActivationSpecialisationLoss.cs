// T tokens, F expert width, K top-k, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Activation specialisation: penalises experts that hold alike activations of the same token.</summary>
/// <remarks>R_sp of "Synergistic Intra- and Cross-Layer Regularization Losses for MoE Expert Specialization" (Hu et al. 2026, arXiv 2602.14159):
/// the mean over tokens and unordered pairs of a token's experts of c = ⟨z_j, z_k⟩ / √((⟨z_j, z_j⟩ + ε)(⟨z_k, z_k⟩ + ε)), z = silu(gate) · up.
/// How c is normalised is not public: <c>cosine</c> takes c itself (−1 to 1), <c>squared</c> c² and <c>absolute</c> |c| (0 to 1).
/// 0 with K = 1.</remarks>
public sealed class ActivationSpecialisationLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "activation_specialisation";

    private static readonly LossOptions s_defaults = new() { Formula = "cosine", Coefficient = 2e-3, Epsilon = 1e-12, Layers = "mean" };

    private static readonly Dictionary<string, string[]> s_choices = new()
    {
        ["formula"] = ["cosine", "squared", "absolute"], ["layers"] = ["mean", "sum"],
    };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public ActivationSpecialisationLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public RoutingCapture Capture => RoutingCapture.ActivationProducts;

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means)
    {
        var topK = means.TopK;
        if (topK < 2)
            return means.Zeros();
        if (means.Native)
            return NativeLosses.OfProducts(means, means.ActivationProducts, Options.Formula!, Options.Epsilon!.Value).to(means.Type);
        var product = PairProducts.ByPair(torch.stack(means.ActivationProducts));
        var perLength = Enumerable.Range(0, (int)topK).Select(k => (product[(k * topK) + k] + Options.Epsilon!.Value).rsqrt()).ToArray();
        Tensor? sum = null;
        for (var j = 0; j < topK; j++)
        {
            for (var k = j + 1; k < topK; k++)
            {
                var term = Term(product[(j * topK) + k] * perLength[j] * perLength[k]);
                sum = sum is null ? term : sum + term;
            }
        }

        return (means.TokenMean(sum!) / (topK * (topK - 1) / 2.0)).to(means.Type);
    }

    private Tensor Term(Tensor cosine) => Options.Formula switch
    {
        "squared" => cosine.square(),
        "absolute" => cosine.abs(),
        _ => cosine,
    };
}
