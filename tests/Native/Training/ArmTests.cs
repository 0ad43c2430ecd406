using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>Every built-in arm trains, and goes on exactly where it stopped.</summary>
public sealed class ArmTests : IDisposable
{
    private const string Train = """{"steps": 5, "checkpoint_every": 2, "log_every": 1, "accumulation": 2}""";
    private readonly TinyPack _pack = new();

    public static TheoryData<string> Names() => Training.Arms.Theory();

    [Fact]
    public void The_arms_are_those_of_the_documentation() => RecipeLibrary.Arms.ShouldBe(
    [
        "aes-code", "aes-paper", "baseline", "bias", "bias+edl-49", "coupling", "edl-3", "edl-49", "edl-49-early", "edl-doc", "edl-random", "ernie",
        "global-lb", "shared+edl-49",
    ]);

    [Theory]
    [MemberData(nameof(Names))]
    public void An_arm_trains_with_finite_losses_and_resumes_exactly(string arm)
    {
        Run(arm, "whole");
        using (var cancellation = new CancellationTokenSource())
            Should.Throw<OperationCanceledException>(() => Run(arm, "parts", new StopAt(3, cancellation), cancellation.Token));
        Run(arm, "parts");

        foreach (var file in (string[])["model.safetensors", "metrics.csv", "config.json", "training.json", "trainer/state.safetensors"])
            Hashing.OfFile(_pack.Output(Path.Combine("parts", file))).ShouldBe(Hashing.OfFile(_pack.Output(Path.Combine("whole", file))), file);
        var metrics = MetricsTable.Read(_pack.Output("whole/metrics.csv"));
        metrics.Rows.Count.ShouldBe(5);
        metrics.Rows.SelectMany(r => r).ShouldAllBe(value => double.IsFinite(value));
        foreach (var (loss, _) in Training.Arms.Request(_pack, arm, "unused").Losses)
            metrics.Columns.ShouldContain(loss);
    }

    [Theory]
    [InlineData("step")]
    [InlineData("global")]
    public void Divergence_over_a_step_is_that_of_one_micro_batch_as_large(string granularity)
    {
        var losses = $$$"""{"divergence": {"granularity": "{{{granularity}}}", "coefficient": 0.1}}""";
        PretrainStage.Run(_pack.Request("parts", Train, losses), SilentProgress.Instance, TestContext.Current.CancellationToken);
        PretrainStage.Run(_pack.Request("whole", Train.Replace("\"accumulation\": 2", "\"accumulation\": 1"), """{"divergence": {"coefficient": 0.1}}"""), SilentProgress.Instance, TestContext.Current.CancellationToken);
        var (parts, whole) = (MetricsTable.Read(_pack.Output("parts/metrics.csv")), MetricsTable.Read(_pack.Output("whole/metrics.csv")));
        var column = whole.Columns.ToList().IndexOf("divergence");
        for (var row = 0; row < 5; row++)
        {
            parts.Rows[row][column].ShouldBe(whole.Rows[row][column], 1e-4);
            parts.Rows[row][3].ShouldBe(whole.Rows[row][3], 1e-3 * whole.Rows[row][3]);
        }
    }

    [Theory]
    [InlineData("aes-paper")]
    [InlineData("bias+edl-49")]
    [InlineData("shared+edl-49")]
    [InlineData("coupling")]
    [InlineData("ernie")]
    public void Layers_computed_again_give_the_same_bytes(string arm)
    {
        Run(arm, "kept");
        Run(arm, "again", train: Train.Replace("\"steps\"", "\"activation_checkpointing\": \"layer\", \"steps\""));
        Hashing.OfFile(_pack.Output("again/model.safetensors")).ShouldBe(Hashing.OfFile(_pack.Output("kept/model.safetensors")));
    }

    public void Dispose() => _pack.Dispose();

    private void Run(string arm, string output, IProgressListener? progress = null, CancellationToken? cancellation = null, string train = Train)
    {
        PretrainStage.Run(Training.Arms.Request(_pack, arm, output, train), progress ?? SilentProgress.Instance, cancellation ?? TestContext.Current.CancellationToken);
    }

    private sealed class StopAt(int step, CancellationTokenSource cancellation) : IProgressListener
    {
        public void Report(ProgressUpdate update)
        {
            if (update.Done == step)
                cancellation.Cancel();
        }

        public void Note(string message)
        {
        }
    }
}
