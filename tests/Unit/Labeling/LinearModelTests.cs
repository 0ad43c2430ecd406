using ExpertDivergence.Core;
using ExpertDivergence.Labeling;
using ExpertDivergence.Tests.Unit.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class LinearModelTests : IDisposable
{
    private static readonly FeatureOptions s_features = new() { BucketBits = 14 };

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(LinearMethod.Softmax)]
    [InlineData(LinearMethod.Bayes)]
    [InlineData(LinearMethod.Blend)]
    [InlineData(LinearMethod.Svm)]
    public void TopicsOfOtherDocumentsAreTold(LinearMethod method)
    {
        var model = Train(method);
        foreach (var (text, domain) in LabelTexts.Topics(20, "unseen"))
            Best(model, text).Class.ShouldBe(domain);
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytesAndAnotherOtherOnes()
    {
        var bytes = Enumerable.Range(0, 3).Select(i => File.ReadAllBytes(Written(Train(LinearMethod.Softmax, seed: i == 2 ? 2 : 1), $"{i}.edllm"))).ToArray();
        bytes[1].ShouldBe(bytes[0]);
        bytes[2].ShouldNotBe(bytes[0]);
    }

    [Fact]
    public void AModelReadBackPredictsTheSame()
    {
        var model = Train(LinearMethod.Blend);
        var path = Written(model, "m.edllm");
        var read = LinearModelFile.Read(path);
        read.Classes.ShouldBe(model.Classes);
        foreach (var (text, _) in LabelTexts.Topics(5, "other"))
            Best(read, text).ShouldBe(Best(model, text));
        File.ReadAllBytes(Written(read, "again.edllm")).ShouldBe(File.ReadAllBytes(path));
    }

    [Fact]
    public void ProbabilitiesSumToOneWhateverTheText()
    {
        var model = Train(LinearMethod.Blend);
        foreach (var text in (string[])["", "zzz qqq", "oven oven oven", "好好学习"])
        {
            var features = new TextFeatures(model.Features);
            features.Read(text);
            var probabilities = new float[model.Classes.Count];
            model.Predict(features, probabilities);
            probabilities.Sum().ShouldBe(1, 1e-5f);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(100)]
    [InlineData(-1)]
    public void AFlippedByteIsFound(int position)
    {
        var path = Written(Train(LinearMethod.Bayes), "m.edllm");
        var bytes = File.ReadAllBytes(path);
        bytes[position < 0 ? bytes.Length + position : position] ^= 1;
        File.WriteAllBytes(path, bytes);
        Should.Throw<InputException>(() => LinearModelFile.Read(path)).File.ShouldBe(path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(50)]
    public void AFileCutShortIsFound(int length)
    {
        var path = Written(Train(LinearMethod.Bayes), "m.edllm");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);
        Should.Throw<InputException>(() => LinearModelFile.Read(path));
    }

    [Fact]
    public void AFolderWithoutAModelIsRefused() =>
        Should.Throw<InputException>(() => TopicModel.Read(_folder.Path, Taxonomy.BuiltIn)).Remedy.ShouldContain("edl labeller train");

    [Fact]
    public void OneTopicIsNothingToTellApart()
    {
        var trainer = new TopicTrainer(new LinearTrainerOptions { Features = s_features });
        trainer.Add("the oven is hot", Taxonomy.BuiltIn.Find("en/Food & Dining")!);
        trainer.Add("a theorem", Taxonomy.BuiltIn.Find("math")!);
        Should.Throw<InputException>(() => trainer.Train("c.jsonl", TestContext.Current.CancellationToken)).Message.ShouldContain("two topics");
    }

    [Theory]
    [InlineData(7, 4, 0.2f, 2)]
    [InlineData(20, 0, 0.2f, 2)]
    [InlineData(20, 4, 0f, 2)]
    [InlineData(20, 4, float.NaN, 2)]
    [InlineData(20, 4, 0.2f, 0)]
    public void OptionsOutOfRangeAreRefused(int bits, int epochs, float rate, int minimum) => Should.Throw<OptionException>(() => new LinearTrainer(new()
    {
        Features = new() { BucketBits = bits }, Epochs = epochs, LearningRate = rate, MinDocuments = minimum,
    }).Train(new TrainingSet(s_features), TestContext.Current.CancellationToken));

    [Fact]
    public void TheGradientIsThatOfTheLoss()
    {
        const int Classes = 3;
        var stride = LinearModel.Stride(Classes);
        var random = new KeyedRandom(1, "gradient");
        var weights = Enumerable.Range(0, 4 * stride).Select(i => i % stride < Classes ? (float)random.NextGaussian() : 0).ToArray();
        var bias = new float[stride];
        int[] rows = [0, 2, 3];
        float[] values = [0.5f, -1.2f, 0.8f];
        var gradient = new float[stride];
        SoftmaxRegression.Gradient(weights, bias, rows, values, 1, Classes, gradient);
        var analytic = gradient.ToArray();

        for (var i = 0; i < rows.Length; i++)
        {
            for (var c = 0; c < Classes; c++)
            {
                ref var weight = ref weights[(rows[i] * stride) + c];
                var (before, step) = (weight, 1e-2f);
                weight = before + step;
                var above = SoftmaxRegression.Gradient(weights, bias, rows, values, 1, Classes, gradient);
                weight = before - step;
                var below = SoftmaxRegression.Gradient(weights, bias, rows, values, 1, Classes, gradient);
                weight = before;
                ((above - below) / (2 * step)).ShouldBe(values[i] * analytic[c], 2e-3f);
            }
        }
    }

    [Fact]
    public void TheTemperatureUndoesAFactor()
    {
        // Scores whose softmax is right three times in four: the fitted factor makes P(right) 0.75 whatever they were multiplied with.
        var scores = Enumerable.Range(0, 4).Select(_ => new[] { 7f, 0f }).ToList();
        var factor = Temperature.Fit(scores, [0, 0, 0, 1]);
        (1 / (1 + Math.Exp(-7 * factor))).ShouldBe(0.75, 1e-3);
    }

    [Fact]
    public void RoundingARoundedRowChangesNothing()
    {
        float[] row = [0.1f, -0.77f, 0.3333f, 0];
        QuantizedRow.Round(row);
        var again = row.ToArray();
        QuantizedRow.Round(again);
        again.ShouldBe(row);
    }

    private static LinearModel Train(LinearMethod method, long seed = 1)
    {
        var set = new TrainingSet(s_features);
        foreach (var (text, domain) in LabelTexts.Topics(40))
            set.Add(text, domain);
        return new LinearTrainer(new() { Method = method, Features = s_features, Seed = seed }).Train(set, TestContext.Current.CancellationToken);
    }

    private static (string Class, float Probability) Best(LinearModel model, string text)
    {
        var features = new TextFeatures(model.Features);
        features.Read(text);
        var probabilities = new float[model.Classes.Count];
        model.Predict(features, probabilities);
        var (index, probability) = probabilities.Index().MaxBy(p => p.Item);
        return (model.Classes[index], probability);
    }

    private string Written(LinearModel model, string name)
    {
        var path = Path.Combine(_folder.Path, name);
        LinearModelFile.Write(path, model);
        return path;
    }
}
