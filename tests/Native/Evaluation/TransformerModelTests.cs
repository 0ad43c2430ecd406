using ExpertDivergence.Evaluation;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Evaluation;

public sealed class TransformerModelTests : IDisposable
{
    private readonly MoeTransformer _transformer = MoeTransformer.Create(TinyModel.Options with { InitStandardDeviation = 0.5 }, seed: 7);
    private readonly TransformerModel _model;

    public TransformerModelTests() => _model = new TransformerModel(_transformer);

    public void Dispose() => _model.Dispose();

    [Fact]
    public void ScoresAreSumsOfLogSoftmaxWhateverStandsBesideThem()
    {
        ContinuationRequest[] batch = [new([1, 2, 3, 4, 5, 6], 3), new([9, 8], 1), new([7, 7, 7, 30], 2)];
        var scores = _model.Score(batch);
        for (var r = 0; r < batch.Length; r++)
        {
            var expected = 0.0;
            for (var i = batch[r].Start; i < batch[r].Tokens.Length; i++)
                expected += LogSoftmax(Logits(batch[r].Tokens[..i]))[batch[r].Tokens[i]];
            scores[r].LogLikelihood.ShouldBe(expected, 1e-3);
        }
    }

    [Fact]
    public void ChoicesThatShareTheirInputAreScoredEachForItself()
    {
        var together = _model.Score([new([1, 2, 10], 2), new([1, 2, 11], 2), new([1, 2, 12], 2)]);
        for (var i = 0; i < 3; i++)
            together[i].LogLikelihood.ShouldBe(LogSoftmax(Logits([1, 2]))[10 + i], 1e-4);
    }

    [Fact]
    public void ChoicesThatShareTheirContextAreScoredEachForItself()
    {
        ContinuationRequest[] requests = [new([8, 9], 1), new([1, 2, 3, 10], 3), new([1, 2, 3, 11, 12, 13], 3), new([1, 2, 3, 14, 15], 3), new([1, 2, 4, 16, 17], 3)];
        var together = _model.Score(requests);
        for (var i = 0; i < requests.Length; i++)
        {
            var alone = _model.Score([requests[i]])[0];
            together[i].LogLikelihood.ShouldBe(alone.LogLikelihood, 1e-4);
            together[i].IsGreedy.ShouldBe(alone.IsGreedy);
        }
    }

    [Fact]
    public void ARequestAsLongAsTheModelReadsIsScored()
    {
        int[] context = [.. Enumerable.Range(1, 60)];
        ContinuationRequest[] requests = [new([.. context, 1, 2, 3, 4, 5], 60), new([.. context, 6, 7], 60)];
        var together = _model.Score(requests);
        for (var i = 0; i < requests.Length; i++)
            together[i].LogLikelihood.ShouldBe(_model.Score([requests[i]])[0].LogLikelihood, 1e-4);
    }

    [Fact]
    public void GreedyIsTheMostProbableToken()
    {
        var best = Sampler.ArgMax(Logits([5, 6]));
        _model.Score([new([5, 6, best], 2)])[0].IsGreedy.ShouldBeTrue();
        _model.Score([new([5, 6, (best + 1) % 257], 2)])[0].IsGreedy.ShouldBeFalse();
    }

    [Fact]
    public void NextTokenLogitsAreThoseOfTheLastPosition()
    {
        var logits = _model.NextTokenLogits([[1, 2, 3], [4]]);
        logits[0].ShouldBe(Logits([1, 2, 3]), 1e-3);
        logits[1].ShouldBe(Logits([4]), 1e-3);
    }

    private float[] Logits(int[] tokens)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var logits_TV = _transformer.Forward(torch.tensor(Array.ConvertAll(tokens, t => (long)t), [1, tokens.Length])).Logits;
        return logits_TV[tokens.Length - 1].ToArray<float>();
    }

    private static double[] LogSoftmax(float[] logits)
    {
        var greatest = logits.Max();
        var log = Math.Log(logits.Sum(x => Math.Exp(x - greatest))) + greatest;
        return Array.ConvertAll(logits, x => x - log);
    }
}
