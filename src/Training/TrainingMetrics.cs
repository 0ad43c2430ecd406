using ExpertDivergence.Data;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>The columns of <c>metrics.csv</c> and a step's row: only what is the same on every run of a recipe.</summary>
internal static class TrainingMetrics
{
    /// <summary>step … lm_loss, then each auxiliary loss unscaled: mean over layers, and by layer, numbered from the model's first layer with
    /// experts; the power of ten of one that is scaled by the first step.</summary>
    public static MetricsTable Table(IReadOnlyList<ILoss> losses, ModelOptions model) => new(
    [
        "step", "tokens", "learning_rate", "gradient_norm", "loss", "lm_loss",
        .. losses.SelectMany(l => (string[])
        [
            l.Name, .. Enumerable.Range(model.FirstDenseLayers, l.Values(model.MoeLayers)).Select(i => FormattableString.Invariant($"{l.Name}.{i}")),
            .. l.Options.Scaling == "dynamic" ? [l.Name + ".scale"] : (string[])[],
        ]),
        "domains_present", "domain_pairs",
    ]);

    /// <summary>The row of a step; waits for the device.</summary>
    public static double[] Row(int step, long tokens, double learningRate, double gradientNorm, StepLosses losses, (int Present, int Pairs) domains) =>
    [
        step, tokens, learningRate, gradientNorm, losses.Total.item<double>(), losses.LanguageModel.item<double>(),
        .. losses.Auxiliary.SelectMany(a => ByLayer(a)),
        domains.Present, domains.Pairs,
    ];

    /// <summary>Distinct domains and their pairs in a step's batch, as the arm's divergence sees them; of 49 without one.</summary>
    public static (int Present, int Pairs) Domains(IBatches batches, int step, IReadOnlyList<ILoss> losses)
    {
        var divergence = losses.OfType<DivergenceLoss>().FirstOrDefault();
        if (divergence?.Options.Labels is "sequence" or "random")
        {
            using var batch = batches.Batch(step);
            return divergence.Domains(batch);
        }

        var mix = batches.Mix(step);
        return divergence?.Options.Labels == "domain3" ? (mix.Domains3, mix.Pairs3) : (mix.Domains49, mix.Pairs49);
    }

    private static IEnumerable<double> ByLayer(AuxiliaryLoss loss)
    {
        var layers = Array.ConvertAll(loss.PerLayer.ToArray<float>(), v => (double)v);
        return [layers.Average(), .. layers, .. loss.Loss.Options.Scaling == "dynamic" ? [loss.Scale] : (double[])[]];
    }
}
