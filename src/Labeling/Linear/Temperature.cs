namespace ExpertDivergence.Labeling;

/// <summary>Temperature scaling (Guo et al. 2017): the factor on the scores that minimises −log P of documents that were not trained on.</summary>
internal static class Temperature
{
    /// <summary>The factor, by golden section over its logarithm.</summary>
    /// <param name="scores">[documents][classes].</param>
    /// <param name="labels">[documents].</param>
    public static float Fit(IReadOnlyList<float[]> scores, IReadOnlyList<int> labels)
    {
        const double Golden = 0.6180339887498949;
        if (scores.Count == 0)
            return 1;
        var (low, high) = (Math.Log(0.01), Math.Log(1000));
        for (var i = 0; i < 40; i++)
        {
            var (left, right) = (high - (Golden * (high - low)), low + (Golden * (high - low)));
            if (Loss(Math.Exp(left)) < Loss(Math.Exp(right)))
                high = right;
            else
                low = left;
        }

        return (float)Math.Exp((low + high) / 2);

        double Loss(double factor)
        {
            var loss = 0.0;
            for (var d = 0; d < scores.Count; d++)
            {
                var max = scores[d].Max();
                loss -= (factor * (scores[d][labels[d]] - max)) - Math.Log(scores[d].Sum(s => Math.Exp(factor * (s - max))));
            }

            return loss;
        }
    }
}
