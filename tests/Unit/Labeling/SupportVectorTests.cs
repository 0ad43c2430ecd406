using ExpertDivergence.Labeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class SupportVectorTests
{
    private static readonly FeatureOptions s_features = new() { BucketBits = 10, WordPairs = false, PrefixLetters = 0 };

    /// <summary>At the minimum of ½‖w‖² + ½b² + C Σ max(0, 1 − y f)², w is 2C Σ max(0, 1 − y f) y x, and b the same with x = 1.</summary>
    [Theory]
    [InlineData(0.1f)]
    [InlineData(1f)]
    [InlineData(5f)]
    public void TheWeightsAreThoseOfTheMinimum(float penalty)
    {
        var set = new TrainingSet(s_features);
        foreach (var (text, domain) in LabelTexts.Topics(30))
            set.Add(text, domain);
        foreach (var (text, domain) in LabelTexts.Topics(6, "wrong"))
            set.Add(text, domain == "en/Food & Dining" ? "en/Sports & Fitness" : "en/Food & Dining"); // so that no plane parts them
        string[] classes = [.. set.Documents.Select(d => d.Label).Distinct().Order(StringComparer.Ordinal)];
        var data = new DesignMatrix(set.Documents, classes, s_features, minDocuments: 1);
        var all = Enumerable.Range(0, set.Count).ToArray();
        var (weights, bias) = SupportVectors.Train(data, all, classes.Length, new() { Penalty = penalty, Epochs = 100 }, TestContext.Current.CancellationToken);

        var stride = bias.Length;
        var tolerance = 1e-3 * (1 + (4 * penalty)); // of single precision, 2C times over
        for (var c = 0; c < classes.Length; c++)
        {
            var (wanted, wantedBias) = (new double[data.Buckets.Length], 0.0);
            foreach (var d in all)
            {
                var sign = data.Classes[d] == c ? 1 : -1;
                var score = bias[c] + data.Rows[d].Zip(data.Values[d]).Sum(x => (double)weights[(x.First * stride) + c] * x.Second);
                var pull = 2 * penalty * Math.Max(0, 1 - (sign * score)) * sign;
                wantedBias += pull;
                foreach (var (row, value) in data.Rows[d].Zip(data.Values[d]))
                    wanted[row] += pull * value;
            }

            wantedBias.ShouldBe(bias[c], tolerance);
            for (var row = 0; row < wanted.Length; row++)
                wanted[row].ShouldBe(weights[(row * stride) + c], tolerance);
        }
    }
}
