using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class NGramModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ProbabilitiesSumToOneAfterEveryContext(int order)
    {
        const int vocabulary = 7;
        var random = new KeyedRandom(1, "n-gram test");
        var model = NGramModel.Train(order, vocabulary, Enumerable.Range(0, 20).Select(_ => Sequence(random, 1 + random.NextInt(15), vocabulary - 1)));
        foreach (var context in from length in Enumerable.Range(0, 4) from _ in Enumerable.Range(0, 20) select Sequence(random, length, vocabulary))
        {
            var probabilities = Enumerable.Range(0, vocabulary).Select(token => model.Probability(context, token)).ToList();
            probabilities.Sum().ShouldBe(1, 1e-12);
            probabilities.ShouldAllBe(p => p > 0);
            model.Distribution(context).ShouldBe(probabilities, 1e-15);
        }
    }

    [Fact]
    public void UnigramByHand()
    {
        // Counted: 1 1 2 (the first token is context). c = 3, d = 2, V = 4: P(1) = (2 + 2/4) / 5, P(3) = (2/4) / 5.
        var model = NGramModel.Train(1, 4, [[0, 1, 1, 2]]);
        model.Probability([], 1).ShouldBe(0.5, 1e-15);
        model.Probability([3], 3).ShouldBe(0.1, 1e-15);
    }

    [Fact]
    public void BigramByHand()
    {
        // After 1: 1 and 2, once each; P(2 | 1) = (1 + 2 · P(2)) / 4 with P(2) = (1 + 2/4) / 5.
        var model = NGramModel.Train(2, 4, [[0, 1, 1, 2]]);
        model.Probability([1], 2).ShouldBe((1 + (2 * 0.3)) / 4, 1e-15);
        model.Probability([3], 2).ShouldBe(0.3, 1e-15);
    }

    [Fact]
    public void SequencesDoNotRunIntoEachOther() =>
        NGramModel.Train(2, 4, [[0, 1], [2, 3]]).Probability([1], 2).ShouldBe(NGramModel.Train(1, 4, [[0, 1], [2, 3]]).Probability([], 2), 1e-15);

    [Fact]
    public void TheTrigramKnowsMoreThanTheBigram()
    {
        int[][] text = [[0, 1, 2, 3, 0, 1, 2, 3, 0, 4, 2, 1, 0, 4, 2, 1]];
        NGramModel.Train(3, 5, text).Probability([1, 2], 3).ShouldBeGreaterThan(NGramModel.Train(2, 5, text).Probability([1, 2], 3));
    }

    [Fact]
    public void ScoreIsTheSumOverTheContinuation()
    {
        var model = NGramModel.Train(3, 5, [[0, 1, 2, 3, 4, 1, 2, 4]]);
        var expected = Math.Log(model.Probability([1, 2], 3)) + Math.Log(model.Probability([2, 3], 4));
        model.Score([new ContinuationRequest([1, 2, 3, 4], 2)])[0].LogLikelihood.ShouldBe(expected, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void GreedyIsTheArgMaxOfTheDistribution(int order)
    {
        const int vocabulary = 6;
        var random = new KeyedRandom(2, "n-gram test");
        var model = NGramModel.Train(order, vocabulary, Enumerable.Range(0, 5).Select(_ => Sequence(random, 12, vocabulary)));
        for (var i = 0; i < 50; i++)
        {
            var context = Sequence(random, 2, vocabulary);
            var best = Metric.ArgMax([.. Enumerable.Range(0, vocabulary).Select(token => model.Probability(context, token))]);
            for (var token = 0; token < vocabulary; token++)
                model.Score([new ContinuationRequest([.. context, token], 2)])[0].IsGreedy.ShouldBe(token == best);
        }
    }

    [Fact]
    public void LogitsAreLogProbabilities()
    {
        var model = NGramModel.Train(2, 4, [[0, 1, 1, 2]]);
        model.NextTokenLogits([[0, 1]])[0][2].ShouldBe((float)Math.Log(0.4), 1e-6f);
    }

    [Fact]
    public void LowerIsTheModelOfThatOrder()
    {
        int[][] text = [[0, 1, 2, 3, 0, 1, 2, 2, 3]];
        NGramModel.Train(3, 4, text).Lower(2).Distribution([1, 2]).ShouldBe(NGramModel.Train(2, 4, text).Distribution([1, 2]));
    }

    private static int[] Sequence(KeyedRandom random, int length, int vocabulary) => [.. Enumerable.Range(0, length).Select(_ => random.NextInt(vocabulary))];
}
