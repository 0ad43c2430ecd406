using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>Softmax regression: minimises the mean of −log softmax(b + W x)_y, one document a step, AdaGrad (Duchi et al. 2011) with one accumulator
/// a row of W.</summary>
internal static class SoftmaxRegression
{
    /// <returns>W [rows, stride], b [stride].</returns>
    public static (float[] Weights, float[] Bias) Train(DesignMatrix data, ReadOnlySpan<int> documents, int classes, LinearTrainerOptions options, CancellationToken cancellation)
    {
        var stride = LinearModel.Stride(classes);
        var weights = new float[data.Buckets.Length * stride];
        var squares = new float[data.Buckets.Length];
        var bias = new float[stride];
        var biasSquares = 0f;
        var gradient = new float[stride];
        var order = documents.ToArray();
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            new KeyedRandom(options.Seed, "labeller", "epoch", epoch.ToString(CultureInfo.InvariantCulture)).Shuffle(order.AsSpan());
            foreach (var d in order)
            {
                cancellation.ThrowIfCancellationRequested();
                var (rows, values) = (data.Rows[d], data.Values[d]);
                Gradient(weights, bias, rows, values, data.Classes[d], classes, gradient);
                var length = 0f;
                foreach (var g in gradient)
                    length += g * g;
                for (var i = 0; i < rows.Length; i++)
                {
                    ref var sum = ref squares[rows[i]];
                    sum += length * values[i] * values[i];
                    if (sum > 0)
                        LinearModel.AddScaled(gradient, -options.LearningRate * values[i] / MathF.Sqrt(sum), weights.AsSpan(rows[i] * stride, stride));
                }

                biasSquares += length;
                if (biasSquares > 0)
                    LinearModel.AddScaled(gradient, -0.1f * options.LearningRate / MathF.Sqrt(biasSquares), bias);
            }
        }

        return (weights, bias);
    }

    /// <summary>The loss of one document, and its gradient by the scores: softmax(b + W x) − one-hot(y). That by W_f is x_f times it.</summary>
    /// <returns>−log P(y | x), nats.</returns>
    internal static float Gradient(float[] weights, float[] bias, int[] rows, float[] values, int label, int classes, float[] gradient)
    {
        var stride = gradient.Length;
        bias.CopyTo(gradient, 0);
        for (var i = 0; i < rows.Length; i++)
            LinearModel.AddScaled(weights.AsSpan(rows[i] * stride, stride), values[i], gradient);
        LinearModel.Softmax(gradient.AsSpan(0, classes));
        gradient.AsSpan(classes).Clear();
        var loss = -MathF.Log(MathF.Max(gradient[label], 1e-30f));
        gradient[label] -= 1;
        return loss;
    }
}
