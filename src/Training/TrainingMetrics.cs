using ExpertDivergence.Data;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>The columns of <c>metrics.csv</c> and a step's row: only what is the same on every run of a recipe.</summary>
internal static class TrainingMetrics
{
    /// <summary>step … lm_loss, then each auxiliary loss unscaled: mean over layers, and by layer.</summary>
    public static MetricsTable Table(IReadOnlyList<ILoss> losses, int layers) => new(
    [
        "step", "tokens", "learning_rate", "gradient_norm", "loss", "lm_loss",
        .. losses.SelectMany(l => Enumerable.Range(0, l.Values(layers)).Select(i => FormattableString.Invariant($"{l.Name}.{i}")).Prepend(l.Name)),
        "domains_present", "domain_pairs",
    ]);

    /// <summary>The row of a step; waits for the device.</summary>
    public static double[] Row(int step, long tokens, double learningRate, double gradientNorm, StepLosses losses, (int Present, int Pairs) domains) =>
    [
        step, tokens, learningRate, gradientNorm, losses.Total.item<double>(), losses.LanguageModel.item<double>(),
        .. losses.Auxiliary.SelectMany(a => ByLayer(a)),
        domains.Present, domains.Pairs,
    ];

    /// <summary>Distinct domains and their pairs in a batch, in the scheme that the arm's divergence uses; of 49 without one.</summary>
    public static (int Present, int Pairs) Domains(BatchMix mix, IReadOnlyList<ILoss> losses) =>
        losses.Any(l => l.Options.Labels == "domain3") ? (mix.Domains3, mix.Pairs3) : (mix.Domains49, mix.Pairs49);

    private static IEnumerable<double> ByLayer(AuxiliaryLoss loss)
    {
        var layers = Array.ConvertAll(loss.PerLayer.ToArray<float>(), v => (double)v);
        return layers.Prepend(layers.Average());
    }
}
