using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>Trains a <see cref="LinearModel"/>. Deterministic: one thread, orders from keyed random streams.</summary>
/// <param name="options">How.</param>
public sealed class LinearTrainer(LinearTrainerOptions options)
{
    /// <summary>Every tenth document calibrates.</summary>
    private const int CalibrationFolds = 10;

    /// <summary>Trains on all documents; a tenth, chosen by keyed hash, first calibrates the scores of a model trained on the others.</summary>
    /// <param name="set">The documents, of at least two classes.</param>
    /// <param name="cancellation">Ends the work between two documents.</param>
    /// <exception cref="ArgumentException">Fewer than two classes occur.</exception>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public LinearModel Train(TrainingSet set, CancellationToken cancellation = default)
    {
        options.Validate();
        var classes = set.Documents.Select(d => d.Label).Distinct().Order(StringComparer.Ordinal).ToList();
        if (classes.Count < 2)
            throw new ArgumentException("A classifier needs documents of at least two classes.");
        var data = new DesignMatrix(set.Documents, classes, set.Options, options.MinDocuments);
        var random = new KeyedRandom(options.Seed, "labeller", "calibration", set.Count.ToString(CultureInfo.InvariantCulture));
        var calibrates = set.Documents.Select(_ => random.NextInt(CalibrationFolds) == 0).ToArray();
        var all = Enumerable.Range(0, set.Count).ToArray();

        var weights = new float[data.Buckets.Length * LinearModel.Stride(classes.Count)];
        var bias = new float[LinearModel.Stride(classes.Count)];
        LinearMethod[] parts = options.Method == LinearMethod.Blend ? [LinearMethod.Softmax, LinearMethod.Bayes] : [options.Method];
        foreach (var part in parts)
        {
            var trial = Weights(part, data, [.. all.Where(d => !calibrates[d])], classes.Count, cancellation);
            var tested = all.Where(d => calibrates[d]).ToArray();
            var factor = Temperature.Fit([.. tested.Select(d => Scores(trial, data, d, classes.Count))], [.. tested.Select(d => data.Classes[d])]);
            var (w, b) = Weights(part, data, all, classes.Count, cancellation);
            // The mean of calibrated scores is too timid by itself: two witnesses who agree count for more than one.
            var share = factor * (parts.Length == 1 ? 1f : 0.62f);
            LinearModel.AddScaled(w, share, weights);
            LinearModel.AddScaled(b, share, bias);
        }

        return Pack(classes, set.Options, data, weights, bias);
    }

    private (float[] Weights, float[] Bias) Weights(LinearMethod method, DesignMatrix data, int[] documents, int classes, CancellationToken cancellation) =>
        method switch
        {
            LinearMethod.Softmax => SoftmaxRegression.Train(data, documents, classes, options, cancellation),
            LinearMethod.Svm => SupportVectors.Train(data, documents, classes, options, cancellation),
            _ => ComplementBayes.Train(data, documents, classes, options),
        };

    private static float[] Scores((float[] Weights, float[] Bias) model, DesignMatrix data, int d, int classes)
    {
        var scores = model.Bias.ToArray();
        for (var i = 0; i < data.Rows[d].Length; i++)
            LinearModel.AddScaled(model.Weights.AsSpan(data.Rows[d][i] * scores.Length, scores.Length), data.Values[d][i], scores);
        return scores[..classes];
    }

    // Rows are rounded to what the file keeps, so that a model read back is the model that was trained.
    private static LinearModel Pack(List<string> classes, FeatureOptions features, DesignMatrix data, float[] weights, float[] bias)
    {
        var stride = LinearModel.Stride(classes.Count);
        var packed = new float[data.Buckets.Length * classes.Count];
        for (var row = 0; row < data.Buckets.Length; row++)
        {
            var values = packed.AsSpan(row * classes.Count, classes.Count);
            for (var c = 0; c < classes.Count; c++)
                values[c] = weights[(row * stride) + c] * data.InverseFrequency[row];
            // Softmax does not see what all classes share; without it the rounding is finer.
            var mean = 0f;
            foreach (var value in values)
                mean += value / classes.Count;
            foreach (ref var value in values)
                value -= mean;
            QuantizedRow.Round(values);
        }

        return new LinearModel(classes, features, data.Buckets, packed, bias[..classes.Count]);
    }
}
