using ExpertDivergence.Core;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

public sealed class PretrainStageTests : IDisposable
{
    private static readonly string[] s_results = ["model.safetensors", "metrics.csv", "config.json", "training.json", "trainer/state.json", "trainer/state.safetensors"];
    private readonly TinyPack _pack = new();

    [Fact]
    public void The_result_folder_holds_what_the_contract_says()
    {
        var report = Run(_pack.Request("a"));

        Directory.GetFiles(_pack.Output("a")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)
            .ShouldBe(["config.json", "metrics.csv", "model.safetensors", "timing.csv", "tokenizer.json", "training.json"]);
        Directory.GetDirectories(_pack.Output("a")).Order(StringComparer.Ordinal).ShouldBe([_pack.Output("a/tensorboard"), _pack.Output("a/trainer")]);
        var metrics = MetricsTable.Read(_pack.Output("a/metrics.csv"));
        metrics.Columns.ShouldBe(["step", "tokens", "learning_rate", "gradient_norm", "loss", "lm_loss", "divergence", "divergence.0", "divergence.1",
            "load_balance", "load_balance.0", "load_balance.1", "domains_present", "domain_pairs"]);
        metrics.Rows.Select(r => r[0]).ShouldBe([2, 4, 6, 8, 9]);
        metrics.Rows[^1][1].ShouldBe(report.Tokens);
        report.Parameters.Active.ShouldBeLessThan(report.Parameters.Total);
    }

    [Fact]
    public void The_logged_losses_add_up_and_the_model_learns()
    {
        Run(_pack.Request("a", """{"steps": 40, "learning_rate": 0.01, "min_learning_rate": 0.001}"""));
        var metrics = MetricsTable.Read(_pack.Output("a/metrics.csv"));
        foreach (var row in metrics.Rows)
        {
            row[4].ShouldBe(row[5] + (1e-3 * row[6]) + (1e-3 * row[9]), 1e-5);
            row[6].ShouldBe((row[7] + row[8]) / 2, 1e-5);
        }

        (metrics.Rows[0][5] - metrics.Rows[^1][5]).ShouldBeGreaterThan(0.5);
    }

    [Fact]
    public void The_same_request_gives_the_same_bytes_and_another_seed_others()
    {
        Run(_pack.Request("a"));
        Run(_pack.Request("b"));
        Run(_pack.Request("c", seed: 2));
        Hashes("b").ShouldBe(Hashes("a"));
        Hashes("c")[0].ShouldNotBe(Hashes("a")[0]);
    }

    [Fact]
    public void Every_arm_sees_the_same_batches()
    {
        var divergence = Run(_pack.Request("a"));
        var baseline = Run(_pack.Request("b", losses: """{"load_balance": {}}""", arm: "baseline"));
        var otherSeed = Run(_pack.Request("c", losses: """{"load_balance": {}}""", arm: "baseline", seed: 2));
        baseline.OrderSha256.ShouldBe(divergence.OrderSha256);
        otherSeed.OrderSha256.ShouldNotBe(divergence.OrderSha256);
        Hashes("b")[0].ShouldNotBe(Hashes("a")[0]);
    }

    [Theory]
    [InlineData(2, 5)]
    [InlineData(3, 8)]
    public void Interrupted_twice_and_resumed_it_ends_with_the_same_bytes(int first, int second)
    {
        Run(_pack.Request("whole"));
        Interrupt(_pack.Request("parts"), first);
        Interrupt(_pack.Request("parts"), second);
        var resumed = new Listener();
        Run(_pack.Request("parts"), resumed);

        resumed.Steps[0].ShouldBe(second + 1);
        Hashes("parts").ShouldBe(Hashes("whole"));
        Directory.GetDirectories(_pack.Output("parts")).Order(StringComparer.Ordinal).ShouldBe([_pack.Output("parts/tensorboard"), _pack.Output("parts/trainer")]);
    }

    [Fact]
    public void A_damaged_newest_state_costs_steps_but_no_result()
    {
        Run(_pack.Request("whole"));
        Interrupt(_pack.Request("parts"), 5);
        var weights = _pack.Output("parts/trainer-step-5/model.safetensors");
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^7]);
        var resumed = new Listener();
        Run(_pack.Request("parts"), resumed);

        resumed.Steps[0].ShouldBe(4);
        resumed.Notes[0].ShouldContain("model.safetensors");
        Hashes("parts").ShouldBe(Hashes("whole"));
    }

    [Fact]
    public void Another_coefficient_does_not_resume_from_the_state_left_behind()
    {
        Interrupt(_pack.Request("a"), 5);
        var listener = new Listener();
        Run(_pack.Request("a", losses: """{"load_balance": {"coefficient": 0.5}}"""), listener);
        listener.Steps[0].ShouldBe(1);
    }

    [Fact]
    public void A_number_that_is_none_ends_the_run_before_the_weights_are_spoiled()
    {
        var request = _pack.Request("a", """{"learning_rate": 1e18, "min_learning_rate": 0, "warmup_steps": 0, "checkpoint_every": 1}""");
        var error = Should.Throw<NonFiniteException>(() => Run(request));

        error.Step.ShouldBeGreaterThan(1);
        error.Message.ShouldContain($"step {error.Step}");
        error.Remedy.ShouldContain("learning_rate");
        Directory.Exists(_pack.Output($"a/trainer-step-{error.Step}")).ShouldBeFalse();
        File.Exists(_pack.Output("a/model.safetensors")).ShouldBeFalse();
    }

    [Fact]
    public void A_batch_larger_than_the_set_is_refused_by_name() =>
        Should.Throw<OptionException>(() => Run(_pack.Request("a", """{"batch_size": 64}"""))).Option.ShouldBe("train.batch_size");

    public void Dispose() => _pack.Dispose();

    private static TrainingReport Run(PretrainRequest request, IProgressListener? progress = null) =>
        PretrainStage.Run(request, progress ?? SilentProgress.Instance, TestContext.Current.CancellationToken);

    private static void Interrupt(PretrainRequest request, int step)
    {
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => PretrainStage.Run(request, new Listener(step, cancellation), cancellation.Token));
        File.Exists(Path.Combine(request.OutputFolder, $"trainer-step-{step}/state.json")).ShouldBeTrue();
        File.Exists(Path.Combine(request.OutputFolder, "model.safetensors")).ShouldBeFalse();
    }

    private string[] Hashes(string output) => Array.ConvertAll(s_results, file => Hashing.OfFile(_pack.Output(Path.Combine(output, file))));

    private sealed class Listener(int cancelAt = -1, CancellationTokenSource? cancellation = null) : IProgressListener
    {
        public List<long> Steps { get; } = [];

        public List<string> Notes { get; } = [];

        public void Report(ProgressUpdate update)
        {
            Steps.Add(update.Done);
            if (update.Done == cancelAt)
                cancellation!.Cancel();
        }

        public void Note(string message) => Notes.Add(message);
    }
}
