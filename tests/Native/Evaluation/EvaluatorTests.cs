using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using ExpertDivergence.Modeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("evaluate-").FullName;
    private readonly string _packed;
    private readonly string _model;

    public EvaluatorTests()
    {
        _packed = PackedFolder.Write(Path.Combine(_folder, "packed"));
        _model = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        using var model = MoeTransformer.Create(TinyModel.Options, seed: 1);
        Checkpoint.Save(_model, model);
        File.Copy(Path.Combine(_packed, "tokenizer.json"), Path.Combine(_model, "tokenizer.json"));
        Directory.CreateDirectory(Path.Combine(_folder, "mmlu", "data", "test"));
        File.WriteAllText(Path.Combine(_folder, "mmlu", "data", "test", "birds_test.csv"), "Dives?,auk,owl,emu,hen,A\nRuns?,auk,owl,emu,hen,C\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AnUntrainedModelIsAsGoodAsGuessing()
    {
        var summary = Evaluator.EvaluateModel(_model, Request("out"), SilentProgress.Instance, cancellation: TestContext.Current.CancellationToken);
        summary.HeldOut[0].Tokens.ShouldBe(13);
        (summary.HeldOut[0].NegativeLogLikelihood / 13).ShouldBe(Math.Log(257), 0.2);
        summary.Scores.Select(row => row.Task).ShouldBe(["mmlu_continuation", "mmlu_continuation", "mmlu_birds_continuation", "mmlu_birds_continuation"]);
        Directory.GetFiles(Path.Combine(_folder, "out")).Length.ShouldBe(3);
    }

    [Fact]
    public void AnotherTokenizerIsRefused()
    {
        File.AppendAllText(Path.Combine(_model, "tokenizer.json"), "\n");
        Should.Throw<InputException>(() => Evaluator.EvaluateModel(_model, Request("out"), SilentProgress.Instance, cancellation: TestContext.Current.CancellationToken))
            .Message.ShouldContain("not the tokenizer of the packed set");
    }

    [Fact]
    public void AWrongTaskIsRefusedBeforeAnythingIsRead()
    {
        var request = Request("out") with { Tasks = ["mmlo"], PackedFolder = "nowhere" };
        Should.Throw<UsageException>(() => Evaluator.EvaluateModel("nowhere", request, SilentProgress.Instance, cancellation: TestContext.Current.CancellationToken))
            .Remedy.ShouldContain("mmlu");
    }

    [Fact]
    public void NGramsAreTrainedOnThePackedTextAndWrittenApart()
    {
        var summaries = Evaluator.EvaluateNGrams(
            Request("yardsticks"), SilentProgress.Instance, TestContext.Current.CancellationToken);
        foreach (var name in new[] { "unigram", "trigram" })
            Directory.GetFiles(Path.Combine(_folder, "yardsticks", name)).Length.ShouldBe(3);

        // The held-out text repeats the training text, so the trigram must know it better; padding is not counted.
        var (unigram, trigram) = (summaries["unigram"].HeldOut, summaries["trigram"].HeldOut);
        (unigram[0].NegativeLogLikelihood - trigram[0].NegativeLogLikelihood).ShouldBeGreaterThan(0);
        trigram.Select(row => (row.Scheme, row.Domain, row.Sequences, row.Tokens, row.Bytes)).ShouldBe(
            [("overall", "all", 2, 13, 12), ("domain3", "en", 1, 8, 7), ("domain3", "zh", 1, 5, 5), ("domain49", "en/a", 1, 8, 7), ("domain49", "zh/b", 1, 5, 5)]);
    }

    [Fact]
    public void GenerationFollowsTheSeed()
    {
        Text(1).ShouldBe(Text(1));
        Text(1).ShouldNotBe(Text(2));

        string Text(long seed) => Evaluator.Generate(
            _model, "ab", new SamplingOptions { MaxNewTokens = 20, Seed = seed }, SilentProgress.Instance, cancellation: TestContext.Current.CancellationToken).Text;
    }

    private EvaluationRequest Request(string output) => new()
    {
        PackedFolder = _packed,
        OutputFolder = Path.Combine(_folder, output),
        BenchmarksFolder = _folder,
        Tasks = ["mmlu_continuation"],
    };
}
