using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>Linear support vector machines, each class against all others: for class c with y = ±1 it minimises ½‖w‖² + C Σ max(0, 1 − y (w·x + b))²,
/// the bias being the weight of a feature that is 1 everywhere. By coordinate descent in the dual (Hsieh et al. 2008, algorithm 1),
/// all classes at once.</summary>
internal static class SupportVectors
{
    /// <returns>W [rows, stride], b [stride].</returns>
    public static (float[] Weights, float[] Bias) Train(DesignMatrix data, ReadOnlySpan<int> documents, int classes, LinearTrainerOptions options, CancellationToken cancellation)
    {
        var stride = LinearModel.Stride(classes);
        var weights = new float[data.Buckets.Length * stride];
        var bias = new float[stride];
        var duals = new float[documents.Length * stride];
        var change = new float[stride];
        var softness = 0.5f / options.Penalty;
        var all = documents.ToArray();
        var order = Enumerable.Range(0, all.Length).ToArray();
        for (var pass = 0; pass < options.Epochs * 3; pass++)
        {
            new KeyedRandom(options.Seed, "labeller", "pass", pass.ToString(CultureInfo.InvariantCulture)).Shuffle(order.AsSpan());
            foreach (var at in order)
            {
                cancellation.ThrowIfCancellationRequested();
                var d = all[at];
                var (rows, values) = (data.Rows[d], data.Values[d]);
                bias.CopyTo(change, 0);
                var length = 1f;
                for (var i = 0; i < rows.Length; i++)
                {
                    LinearModel.AddScaled(weights.AsSpan(rows[i] * stride, stride), values[i], change);
                    length += values[i] * values[i];
                }

                Step(change, duals.AsSpan(at * stride, stride), data.Classes[d], classes, softness, length + softness);
                LinearModel.AddScaled(change, 1, bias);
                for (var i = 0; i < rows.Length; i++)
                    LinearModel.AddScaled(change, values[i], weights.AsSpan(rows[i] * stride, stride));
            }
        }

        return (weights, bias);
    }

    /// <summary>One document: from its scores to what its dual variables, and so its share in the weights, change by.</summary>
    /// <param name="scores">[stride], w·x + b by class; becomes the change of Σ y α.</param>
    /// <param name="duals">[stride], α ≥ 0 by class; updated.</param>
    /// <param name="label">The document's class.</param>
    /// <param name="classes">How many there are.</param>
    /// <param name="softness">1 / 2C.</param>
    /// <param name="curvature">‖x‖² + 1 / 2C, the bias's 1 in it.</param>
    private static void Step(Span<float> scores, Span<float> duals, int label, int classes, float softness, float curvature)
    {
        for (var c = 0; c < classes; c++)
        {
            var sign = c == label ? 1f : -1f;
            var slope = (sign * scores[c]) - 1 + (softness * duals[c]);
            var dual = MathF.Max(duals[c] - (slope / curvature), 0);
            scores[c] = sign * (dual - duals[c]);
            duals[c] = dual;
        }

        scores[classes..].Clear();
    }
}
