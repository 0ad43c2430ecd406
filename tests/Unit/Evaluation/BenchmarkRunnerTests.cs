using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class BenchmarkRunnerTests : IDisposable
{
    private readonly BenchmarkFolder _folder = new BenchmarkFolder()
        .With("mmlu/data/test/birds_test.csv", "Dives?,auk,owl,emu,hen,A", "Runs?,auk,owl,emu,hen,C", "Hoots?,auk,owl,emu,hen,B")
        .With("mmlu/data/test/rocks_test.csv", "Floats?,pumice,granite,basalt,slate,A")
        .With("gsm8k/test.jsonl", """{"question":"One?","answer":"#### 1"}""", """{"question":"And two and some more?","answer":"#### 2"}""");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ThePreferredChoiceWins()
    {
        var result = Run(new FakeModel(text => text == " emu" ? -1 : -2 - text.Length), "mmlu_continuation");
        result.Items.Select(item => item.Prediction.GetValue<int>()).ShouldBe([2, 2, 2, 3]);
        result.Scores.Single(score => (score.Task, score.Metric) == ("mmlu_birds_continuation", "acc")).Value.ShouldBe(1.0 / 3, 1e-15);
    }

    [Fact]
    public void TheTaskIsWeightedByTheSizeOfItsSubjects()
    {
        var scores = Run(new FakeModel(text => text == " A" ? -1 : -2), "mmlu").Scores;
        scores.Select(score => (score.Task, score.Metric, score.N, score.Chance))
            .ShouldBe([("mmlu", "acc", 4, 0.25), ("mmlu_birds", "acc", 3, 0.25), ("mmlu_rocks", "acc", 1, 0.25)]);
        scores[0].Value.ShouldBe(0.5);
    }

    [Fact]
    public void TheLimitHoldsForEachSubset() => Run(new FakeModel(_ => -1), "mmlu", new EvaluationOptions { Limit = 1 }).Items.Count.ShouldBe(2);

    [Fact]
    public void ChoicesStayTogetherAndTheLongestQuestionComesFirst()
    {
        var model = new FakeModel(_ => -1);
        Run(model, "mmlu_continuation", new EvaluationOptions { BatchTokens = 300 });
        model.BatchSizes.ShouldAllBe(size => size % 4 == 0);
        model.BatchSizes.Max().ShouldBeGreaterThan(4);
        var questions = model.Requests.Chunk(4).ToList();
        questions.ShouldAllBe(choices => choices.All(c => c.Tokens.Take(c.Start).SequenceEqual(choices[0].Tokens.Take(choices[0].Start))));

        // A question counts its context once.
        var tokens = questions.ConvertAll(choices => choices[0].Start + choices.Sum(c => c.Tokens.Length - c.Start));
        tokens.ShouldBeInOrder(SortDirection.Descending);
        var start = 0;
        foreach (var size in model.BatchSizes)
        {
            (size / 4 * tokens[start]).ShouldBeLessThanOrEqualTo(300);
            start += size / 4;
        }
    }

    [Fact]
    public void BatchSizeChangesNothing()
    {
        var (one, many) = (Run(Model(), "mmlu", new EvaluationOptions { BatchTokens = 1 }), Run(Model(), "mmlu"));
        one.Items.SelectMany(item => item.LogLikelihoods).ShouldBe(many.Items.SelectMany(item => item.LogLikelihoods));

        static FakeModel Model() => new(text => -text[^1]);
    }

    [Fact]
    public void LongPromptsAreCutAndCounted()
    {
        var progress = new Notes();
        var model = new FakeModel(_ => -1, maximumLength: 40);
        BenchmarkRunner.Run(model, new CharCodec(), [BenchmarkRegistry.Find("mmlu")], _folder.Path, new EvaluationOptions(), progress, TestContext.Current.CancellationToken);
        model.Requests.ShouldAllBe(request => request.Tokens.Length == 41 && request.Start == 39);
        progress.All.Single().ShouldContain("16 of 16 prompts cut");
    }

    [Fact]
    public void AnswersAreGeneratedStoppedAndGraded()
    {
        var result = Run(new FakeModel(_ => 0, " so\n#### 2\n\nQuestion: next #### 1"), "gsm8k");
        result.Scores.Select(score => (score.Metric, score.Value, score.Chance)).ShouldBe([("exact_match_strict", 0.5, 0.0), ("exact_match_flexible", 0.5, 0.0)]);
        result.Items.Select(item => item.Prediction.GetValue<string>()).ShouldBe(["2", "2"]);
        result.Items.Select(item => item.Gold.GetValue<string>()).ShouldBe(["1", "2"]);
    }

    [Fact]
    public void CancellationStopsBeforeTheNextBatch()
    {
        var cancelled = new CancellationToken(canceled: true);
        Should.Throw<OperationCanceledException>(() => BenchmarkRunner.Run(
            new FakeModel(_ => 0), new CharCodec(), [new Mmlu()], _folder.Path, new EvaluationOptions(), SilentProgress.Instance, cancelled));
    }

    [Fact]
    public void UnknownTasksGetTheNearestName()
    {
        var error = Should.Throw<UsageException>(() => BenchmarkRegistry.Find("arc_esay"));
        error.Remedy.ShouldBe("Did you mean 'arc_easy'?");
        error.ExitCode.ShouldBe(ExitCodes.Usage);
    }

    [Fact]
    public void TheRegistryHoldsEveryTask() => BenchmarkRegistry.All.Select(task => task.Name)
        .ShouldBe(["arc_challenge", "arc_easy", "ceval", "ceval_continuation", "gsm8k", "mmlu", "mmlu_continuation"]);

    [Fact]
    public void FilesFollowTheContract()
    {
        var result = Run(new FakeModel(text => text == " A" ? -1.5 : -2), "mmlu", new EvaluationOptions { Limit = 1 });
        ResultFiles.WriteScores(_folder.Path, result.Scores);
        ResultFiles.WriteItems(_folder.Path, result.Items);
        File.ReadAllLines(Path.Combine(_folder.Path, "scores.csv")).Take(2)
            .ShouldBe(["task,metric,value,standard_error,n,chance", "mmlu,acc,1,NaN,2,0.25"]);
        File.ReadAllLines(Path.Combine(_folder.Path, "items.jsonl"))[0]
            .ShouldBe("""{"task":"mmlu_birds","id":"0","gold":0,"prediction":0,"log_likelihoods":[-1.5,-2,-2,-2]}""");
    }

    private BenchmarkResult Run(FakeModel model, string task, EvaluationOptions? options = null) => BenchmarkRunner.Run(
        model, new CharCodec(), [BenchmarkRegistry.Find(task)], _folder.Path, options ?? new EvaluationOptions(), SilentProgress.Instance, TestContext.Current.CancellationToken);

    private sealed class Notes : IProgressListener
    {
        public List<string> All { get; } = [];

        public void Report(ProgressUpdate update)
        {
        }

        public void Note(string message) => All.Add(message);
    }
}
