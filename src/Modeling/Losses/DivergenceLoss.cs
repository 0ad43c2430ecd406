// B batch, C domains present, E experts, N layers, P pairs of domains.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Expert divergence: drives the mean routing distributions of different domains apart.</summary>
/// <remarks>Mean over unordered pairs of domains present of −log(JSD + ε) (<c>neg_log_jsd</c>) or of −JSD (<c>jsd</c>), per layer; a
/// domain's distribution is the unweighted mean of its sequences', a sequence's the mean over its tokens ("Expert Divergence
/// Learning", arXiv 2603.00054). 0 where fewer than two domains are present.</remarks>
public sealed class DivergenceLoss : ILoss
{
    /// <summary>The name in the registry.</summary>
    public const string RegistryName = "divergence";

    private static readonly LossOptions s_defaults = new()
    {
        Formula = "neg_log_jsd", Coefficient = 1e-3, Labels = "domain49", Probabilities = "full", Epsilon = 1e-8,
        Precision = "double", Layers = "mean", Granularity = "micro_batch",
    };

    private static readonly Dictionary<string, string[]> s_choices = new()
    {
        ["formula"] = ["neg_log_jsd", "jsd"],
        ["labels"] = ["domain3", "domain49"],
        ["probabilities"] = ["full", "post_top_k"],
        ["precision"] = ["double", "single"],
        ["layers"] = ["mean", "sum"],
        ["granularity"] = ["micro_batch"],
    };

    /// <summary>Makes the loss.</summary>
    /// <exception cref="Core.OptionException">An option is unknown or out of range.</exception>
    public DivergenceLoss(LossOptions options) => Options = options.Resolve(Name, s_defaults, s_choices);

    /// <inheritdoc/>
    public string Name => RegistryName;

    /// <inheritdoc/>
    public LossOptions Options { get; }

    /// <inheritdoc/>
    public Tensor PerLayer(RoutingMeans means)
    {
        var partition = new DomainPartition(means.Batch.Domains(Options.Labels!));
        if (partition.Pairs == 0)
            return means.Zeros();
        var sequences_NBE = means.BySequence(Options.Probabilities!);
        var type = sequences_NBE.dtype;

        // Close domains differ in the last digits of single precision: the terms of the JSD cancel to below their rounding.
        if (Options.Precision == "double")
            sequences_NBE = sequences_NBE.to(ScalarType.Float64);
        var jsd_NP = Divergence.Pairwise(partition.Average(sequences_NBE), partition);
        var loss_NP = Options.Formula == "jsd" ? jsd_NP : (jsd_NP + Options.Epsilon!.Value).log();
        return loss_NP.mean([-1]).neg().to(type);
    }
}
