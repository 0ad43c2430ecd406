using System.Numerics;

namespace ExpertDivergence.Labeling;

/// <summary>A linear classifier over hashed n-grams: P(c | x) = softmax(b + W x)_c with x_f = log(1 + n_f) / ‖log(1 + n)‖₂ over the features f that
/// the model knows, n_f their counts. Inverse document frequencies and the temperature are inside W.</summary>
public sealed class LinearModel
{
    private static readonly float[] s_log = [.. Enumerable.Range(0, 4096).Select(n => MathF.Log(1 + n))];

    private readonly int[] _rowOf;
    private readonly float[] _weights;
    private readonly float[] _bias;
    private readonly int _stride;

    /// <summary>Takes the weights.</summary>
    /// <param name="classes">What the scores stand for.</param>
    /// <param name="features">How texts become features.</param>
    /// <param name="buckets">The bucket of each row, ascending.</param>
    /// <param name="weights">[rows, classes].</param>
    /// <param name="bias">[classes].</param>
    internal LinearModel(IReadOnlyList<string> classes, FeatureOptions features, int[] buckets, float[] weights, float[] bias)
    {
        (Classes, Features, Buckets) = (classes, features, buckets);
        _stride = Stride(classes.Count);
        _rowOf = new int[1 << features.BucketBits];
        Array.Fill(_rowOf, -1);
        _weights = new float[buckets.Length * _stride];
        for (var row = 0; row < buckets.Length; row++)
        {
            _rowOf[buckets[row]] = row;
            weights.AsSpan(row * classes.Count, classes.Count).CopyTo(_weights.AsSpan(row * _stride));
        }

        _bias = new float[_stride];
        bias.CopyTo(_bias, 0);
    }

    /// <summary>The classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>How texts become features.</summary>
    public FeatureOptions Features { get; }

    internal int[] Buckets { get; }

    internal ReadOnlySpan<float> Row(int row) => _weights.AsSpan(row * _stride, Classes.Count);

    internal ReadOnlySpan<float> Bias => _bias.AsSpan(0, Classes.Count);

    /// <summary>log(1 + n).</summary>
    internal static float LogOf(int count) => s_log[Math.Min(count, s_log.Length - 1)];

    /// <summary>Floats of a row, filled up to whole vectors.</summary>
    internal static int Stride(int classes) => (classes + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;

    /// <summary>The probabilities of the classes for the text that <paramref name="features"/> read last.</summary>
    /// <param name="features">Made with <see cref="Features"/>.</param>
    /// <param name="probabilities">[classes], written.</param>
    public void Predict(TextFeatures features, Span<float> probabilities)
    {
        Span<float> sums = stackalloc float[_stride];
        sums.Clear();
        var squares = 0f;
        foreach (var bucket in features.Buckets)
        {
            var row = _rowOf[bucket];
            if (row < 0)
                continue;
            var value = LogOf(features.Count(bucket));
            squares += value * value;
            AddScaled(_weights.AsSpan(row * _stride, _stride), value, sums);
        }

        Finish(sums, squares, probabilities);
    }

    /// <summary>The same for a document that was read before.</summary>
    internal void Predict(SparseDocument document, Span<float> probabilities)
    {
        Span<float> sums = stackalloc float[_stride];
        sums.Clear();
        var squares = 0f;
        for (var i = 0; i < document.Buckets.Length; i++)
        {
            var row = _rowOf[document.Buckets[i]];
            if (row < 0)
                continue;
            squares += document.Values[i] * document.Values[i];
            AddScaled(_weights.AsSpan(row * _stride, _stride), document.Values[i], sums);
        }

        Finish(sums, squares, probabilities);
    }

    /// <summary>sums += scale · row, whole vectors.</summary>
    internal static void AddScaled(ReadOnlySpan<float> row, float scale, Span<float> sums)
    {
        var factor = new Vector<float>(scale);
        for (var i = 0; i < sums.Length; i += Vector<float>.Count)
            ((new Vector<float>(row[i..]) * factor) + new Vector<float>(sums[i..])).CopyTo(sums[i..]);
    }

    private void Finish(ReadOnlySpan<float> sums, float squares, Span<float> probabilities)
    {
        var scale = squares > 0 ? 1 / MathF.Sqrt(squares) : 0;
        for (var c = 0; c < Classes.Count; c++)
            probabilities[c] = _bias[c] + (scale * sums[c]);
        Softmax(probabilities[..Classes.Count]);
    }

    /// <summary>exp(s − max s) / Σ, in place.</summary>
    internal static void Softmax(Span<float> scores)
    {
        var max = float.NegativeInfinity;
        foreach (var score in scores)
            max = MathF.Max(max, score);
        var sum = 0f;
        foreach (ref var score in scores)
            sum += score = MathF.Exp(score - max);
        foreach (ref var score in scores)
            score /= sum;
    }
}
