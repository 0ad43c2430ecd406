using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Evaluation;

public sealed class CachedDecodingTests : IDisposable
{
    private const int Longest = 10;
    private readonly TransformerModel _model = new(MoeTransformer.Create(
        TinyModel.Options with { MaxPositions = Longest, InitStandardDeviation = 0.5 }, seed: 7));

    public void Dispose() => _model.Dispose();

    [Fact]
    public void EveryStepIsThatOfTheWholeWindow()
    {
        // One as long as the model reads, one longer; they leave and outgrow the model at different steps.
        List<List<int>> open = [[1, 2, 3], [4], [.. Enumerable.Range(20, Longest)], [.. Enumerable.Range(40, Longest + 3)]];
        using var decoding = _model.Decode([.. open.Select(tokens => tokens.ToArray())]);
        for (var step = 0; step < 14; step++)
        {
            var logits = decoding.NextTokenLogits();
            logits.Count.ShouldBe(open.Count);
            for (var i = 0; i < open.Count; i++)
            {
                var whole = _model.NextTokenLogits([[.. open[i].TakeLast(Longest)]])[0];
                for (var id = 0; id < whole.Length; id++)
                    logits[i][id].ShouldBe(whole[id], 1e-3f);
            }

            int?[] next = [.. open.Select((_, i) => (int?)(100 + step + i))];
            if (step is 2 or 9)
                next[0] = null;
            for (var i = 0; i < open.Count; i++)
                open[i].AddRange(next[i] is { } token ? [token] : []);
            open = [.. open.Where((_, i) => next[i] is not null)];
            decoding.Append(next);
        }

        open.Count.ShouldBe(2);
    }

    [Fact]
    public void AnswersAreThoseWithoutACache()
    {
        int[][] prompts = [[97, 98], [99, 100, 101, 102, 103], []];
        var cached = GreedyDecoder.Decode(_model, new ByteCodec(), prompts, 15, ["q"], TestContext.Current.CancellationToken);
        cached.ShouldBe(GreedyDecoder.Decode(new WithoutCache(_model), new ByteCodec(), prompts, 15, ["q"], TestContext.Current.CancellationToken));
        cached.ShouldContain(answer => answer.Length > Longest);
    }

    [Fact]
    public void ASampleIsThatWithoutACache()
    {
        Sample(_model).ShouldBe(Sample(new WithoutCache(_model)));

        static string Sample(ILanguageModel model) => TextGenerator.Generate(
            model, new ByteCodec(), "abc", new SamplingOptions { MaxNewTokens = 15 }, SilentProgress.Instance, TestContext.Current.CancellationToken).Text;
    }

    private sealed class WithoutCache(ILanguageModel model) : ILanguageModel
    {
        public int VocabularySize => model.VocabularySize;

        public int MaximumLength => model.MaximumLength;

        public IReadOnlyList<ContinuationScore> Score(IReadOnlyList<ContinuationRequest> batch) => model.Score(batch);

        public IReadOnlyList<float[]> NextTokenLogits(IReadOnlyList<int[]> contexts) => model.NextTokenLogits(contexts);
    }

    // A character for each id, so that answers tell their tokens.
    private sealed class ByteCodec : ITextCodec
    {
        public int EndOfTextId => 256;

        public int[] Encode(string text) => [.. text.Select(c => (int)c)];

        public string Decode(IReadOnlyList<int> ids) => string.Concat(ids.Select(id => (char)id));

        public int ByteCount(int id) => 1;
    }
}
