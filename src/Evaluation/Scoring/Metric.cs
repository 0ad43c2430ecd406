namespace ExpertDivergence.Evaluation;

/// <summary>Multiple-choice metrics.</summary>
public static class Metric
{
    /// <summary>The choice with the greatest log-likelihood is the right one.</summary>
    public const string Accuracy = "acc";

    /// <summary>The choice with the greatest log-likelihood per code point is the right one.</summary>
    public const string NormalizedAccuracy = "acc_norm";

    /// <summary>Position of the greatest value; ties go to the lowest.</summary>
    public static int ArgMax(IReadOnlyList<double> values)
    {
        var best = 0;
        for (var i = 1; i < values.Count; i++)
        {
            if (values[i] > values[best])
                best = i;
        }

        return best;
    }

    /// <summary>The choice that a metric predicts.</summary>
    /// <param name="metric"><see cref="Accuracy"/> or <see cref="NormalizedAccuracy"/>.</param>
    /// <param name="choices">The choices' texts, without delimiter.</param>
    /// <param name="logLikelihoods">Their log-likelihoods in nats.</param>
    public static int Predict(string metric, IReadOnlyList<string> choices, IReadOnlyList<double> logLikelihoods) => metric switch
    {
        Accuracy => ArgMax(logLikelihoods),
        NormalizedAccuracy => ArgMax([.. logLikelihoods.Select((value, i) => value / Math.Max(1, CodePoints(choices[i])))]),
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "no multiple-choice metric"),
    };

    /// <summary>Number of Unicode code points (not UTF-16 units).</summary>
    public static int CodePoints(string text) => text.EnumerateRunes().Count();
}
