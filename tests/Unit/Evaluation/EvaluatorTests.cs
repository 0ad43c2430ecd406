using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Evaluation;

public sealed class EvaluatorTests : IDisposable
{
    private readonly BenchmarkFolder _folder = new BenchmarkFolder().With("mmlu/data/test/birds_test.csv", "Dives?,auk,owl,emu,hen,A", "Runs?,auk,owl,emu,hen,C");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WritesTheThreeFiles()
    {
        var summary = Evaluate(["mmlu"]);
        summary.Scores.Count.ShouldBe(2);
        summary.HeldOut.Count.ShouldBe(3);
        Directory.GetFiles(Path.Combine(_folder.Path, "out")).Select(Path.GetFileName).Order().ShouldBe(["heldout.csv", "items.jsonl", "scores.csv"]);
    }

    [Fact]
    public void WithoutTasksOnlyTheHeaderIsWritten()
    {
        Evaluate([]);
        File.ReadAllText(Path.Combine(_folder.Path, "out", "scores.csv")).ShouldBe("task,metric,value,standard_error,n,chance\n");
    }

    [Fact]
    public void SecondRunWritesTheSameBytes()
    {
        Evaluate(["mmlu"]);
        var first = Directory.GetFiles(Path.Combine(_folder.Path, "out")).Order().Select(Hashing.OfFile).ToList();
        Evaluate(["mmlu"]);
        Directory.GetFiles(Path.Combine(_folder.Path, "out")).Order().Select(Hashing.OfFile).ShouldBe(first);
    }

    [Fact]
    public void TasksWithoutAFolderAreWrongUsage() =>
        Should.Throw<UsageException>(() => Evaluate(["mmlu"], benchmarks: null)).Message.ShouldContain("no folder of benchmarks");

    private EvaluationSummary Evaluate(IReadOnlyList<string> tasks, string? benchmarks = "") => Evaluator.Evaluate(
        new FakeModel(text => -text.Length),
        new CharCodec(),
        [new HeldOutSequence([1, 2, 3], "en", "en/a")],
        new EvaluationRequest
        {
            PackedFolder = "",
            OutputFolder = Path.Combine(_folder.Path, "out"),
            BenchmarksFolder = benchmarks is null ? null : _folder.Path,
            Tasks = tasks,
        },
        Path.Combine(_folder.Path, "out"),
        SilentProgress.Instance,
        TestContext.Current.CancellationToken);
}
