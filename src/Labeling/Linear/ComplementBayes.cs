namespace ExpertDivergence.Labeling;

/// <summary>Complement naive Bayes (Rennie, Shih, Teevan, Karger 2003): W_fc = −log of the share of feature f in all classes but c, each class's
/// weights divided by the sum of their magnitudes.</summary>
internal static class ComplementBayes
{
    /// <returns>W [rows, stride], b = 0 [stride].</returns>
    public static (float[] Weights, float[] Bias) Train(DesignMatrix data, ReadOnlySpan<int> documents, int classes, LinearTrainerOptions options)
    {
        var stride = LinearModel.Stride(classes);
        var sums = new float[data.Buckets.Length * stride];
        foreach (var d in documents)
            for (var i = 0; i < data.Rows[d].Length; i++)
                sums[(data.Rows[d][i] * stride) + data.Classes[d]] += data.Values[d][i];

        var totals = new double[classes];
        for (var row = 0; row < data.Buckets.Length; row++)
            for (var c = 0; c < classes; c++)
                totals[c] += sums[(row * stride) + c];
        var all = totals.Sum();
        var magnitudes = new double[classes];
        for (var row = 0; row < data.Buckets.Length; row++)
        {
            var values = sums.AsSpan(row * stride, classes);
            var feature = 0f;
            foreach (var value in values)
                feature += value;
            for (var c = 0; c < classes; c++)
            {
                var share = (feature - values[c] + options.Smoothing) / (all - totals[c] + (options.Smoothing * data.Buckets.Length));
                values[c] = (float)-Math.Log(share);
                magnitudes[c] += values[c];
            }
        }

        for (var row = 0; row < data.Buckets.Length; row++)
            for (var c = 0; c < classes; c++)
                sums[(row * stride) + c] *= (float)(data.Buckets.Length / magnitudes[c]);
        return (sums, new float[stride]);
    }
}
