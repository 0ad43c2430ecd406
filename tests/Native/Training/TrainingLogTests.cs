using ExpertDivergence.Core;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

public sealed class TrainingLogTests : IDisposable
{
    private const string Validated = """{"validate_every": 4, "validate_sequences": 6}""";

    // At so high a rate the loss leaps, and a band of a tenth of a deviation finds it.
    private const string Spiky = """{"steps": 40, "learning_rate": 0.2, "min_learning_rate": 0.2, "schedule": "constant", "spike_factor": 0.1, "log_every": 7, "checkpoint_every": 5}""";

    private readonly TinyPack _pack = new();

    [Fact]
    public void The_held_out_loss_is_measured_on_the_way_and_at_the_end_by_domain()
    {
        Run(_pack.Request("a", Validated));
        var table = CsvTable.Read(_pack.Output("a/validation.csv"));
        table.Columns.ShouldBe(["step", "scheme", "domain", "sequences", "tokens", "nll"]);
        table.Rows.Select(r => r[0]).Distinct().ShouldBe(["4", "8", "9"]);
        var first = table.Rows.Where(r => r[0] == "4").ToArray();
        first.Select(r => r[1] + ":" + r[2]).ShouldBe(["overall:", "domain3:en", "domain3:math", "domain3:zh", "domain49:en/a", "domain49:en/b", "domain49:math", "domain49:zh/a"]);

        // Six sequences: each of the four domains in turn. Every scheme adds up to the whole.
        first.Skip(4).Select(r => r[3]).ShouldBe(["2", "2", "1", "1"]);
        foreach (var column in (int[])[3, 4, 5])
        {
            Number(first[0], column).ShouldBe(first[1..4].Sum(r => Number(r, column)), 1e-9);
            Number(first[0], column).ShouldBe(first[4..].Sum(r => Number(r, column)), 1e-9);
        }

        Number(first[0], 5).ShouldBe(Math.Log(40) * Number(first[0], 4), 0.2 * Number(first[0], 4));
    }

    [Fact]
    public void Measuring_changes_no_byte_of_the_training()
    {
        Run(_pack.Request("a"));
        Run(_pack.Request("b", """{"validate_every": 1, "validate_sequences": 0, "spike_factor": 1, "tensorboard": false}"""));
        foreach (var file in (string[])["model.safetensors", "metrics.csv", "trainer/state.safetensors", "trainer/state.json"])
            Hashing.OfFile(_pack.Output("b/" + file)).ShouldBe(Hashing.OfFile(_pack.Output("a/" + file)), file);
        Directory.Exists(_pack.Output("b/tensorboard")).ShouldBeFalse();
    }

    [Fact]
    public void A_set_that_holds_nothing_out_cannot_be_validated_on()
    {
        var pack = Path.Combine(_pack.PackFolder, "pack.json");
        File.WriteAllText(pack, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(pack), "\"heldout\":.*", "\"heldout\":{\"sequences\":0,\"tokens\":0}}"));
        Should.Throw<OptionException>(() => Run(_pack.Request("a", Validated))).Option.ShouldBe("train.validate_every");
    }

    [Fact]
    public void Interrupted_at_any_step_the_logs_end_with_the_same_bytes()
    {
        var options = Spiky.Replace("}", ", \"validate_every\": 6}");
        Run(_pack.Request("whole", options));
        var parts = _pack.Request("parts", options);
        foreach (var step in (int[])[3, 17, 18, 33])
            Interrupt(parts, step);
        Run(parts);

        CsvTable.Read(_pack.Output("whole/spikes.csv")).Rows.Count.ShouldBeGreaterThan(1);
        foreach (var file in (string[])["model.safetensors", "metrics.csv", "spikes.csv", "validation.csv"])
            Hashing.OfFile(_pack.Output("parts/" + file)).ShouldBe(Hashing.OfFile(_pack.Output("whole/" + file)), file);
        Directory.GetFiles(_pack.Output("parts"), "recent-losses.csv", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public void Spikes_are_told_with_the_batch_s_domains()
    {
        var listener = new Notes();
        Run(_pack.Request("a", Spiky), listener);
        var spikes = CsvTable.Read(_pack.Output("a/spikes.csv"));
        spikes.Columns.ShouldBe(["step", "loss", "median", "limit", "gradient_norm", "domains"]);
        spikes.Rows.ShouldAllBe(r => Number(r, 1) > Number(r, 3) && Number(r, 3) > Number(r, 2) && r[5].Contains(":"));
        spikes.Rows[0][5].Split("; ").Sum(d => int.Parse(d.Split(':')[1])).ShouldBe(8);
        listener.All.Count(n => n.StartsWith("Spike at step", StringComparison.Ordinal)).ShouldBe(spikes.Rows.Count);
    }

    [Fact]
    public void How_often_it_logs_does_not_decide_what_is_a_spike()
    {
        Run(_pack.Request("a", Spiky));
        Run(_pack.Request("b", Spiky.Replace("\"log_every\": 7", "\"log_every\": 1")));
        Hashing.OfFile(_pack.Output("b/spikes.csv")).ShouldBe(Hashing.OfFile(_pack.Output("a/spikes.csv")));
    }

    [Fact]
    public void A_run_whose_time_is_over_saves_its_state_and_the_next_goes_on()
    {
        Run(_pack.Request("whole"));
        var request = _pack.Request("parts", """{"max_minutes": 1e-9}""");
        for (var step = 1; step < 9; step++)
        {
            var error = Should.Throw<TimeLimitException>(() => Run(request));
            error.Step.ShouldBe(step);
            error.Message.ShouldContain("train.max_minutes");
        }

        Run(request);
        foreach (var file in (string[])["model.safetensors", "metrics.csv", "trainer/state.safetensors"])
            Hashing.OfFile(_pack.Output("parts/" + file)).ShouldBe(Hashing.OfFile(_pack.Output("whole/" + file)), file);
    }

    [Fact]
    public void A_run_is_logged_for_TensorBoard_step_by_step()
    {
        Run(_pack.Request("a", Validated));
        var file = new FileInfo(Directory.GetFiles(_pack.Output("a/tensorboard")).ShouldHaveSingleItem());
        file.Name.ShouldContain("tfevents");
        var text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file.FullName));
        foreach (var tag in (string[])["train/loss", "train/learning_rate", "train/load_balance", "load_balance/1", "timing/tokens_per_second", "validation/loss", "validation_domain49/zh/a"])
            text.ShouldContain(tag);
    }

    public void Dispose() => _pack.Dispose();

    private static double Number(IReadOnlyList<string> row, int column) => double.Parse(row[column], System.Globalization.CultureInfo.InvariantCulture);

    private static void Run(PretrainRequest request, IProgressListener? progress = null) =>
        PretrainStage.Run(request, progress ?? SilentProgress.Instance, TestContext.Current.CancellationToken);

    private static void Interrupt(PretrainRequest request, int step)
    {
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => PretrainStage.Run(request, new Canceller(step, cancellation), cancellation.Token));
    }

    private sealed class Notes : IProgressListener
    {
        public List<string> All { get; } = [];

        public void Report(ProgressUpdate update)
        {
        }

        public void Note(string message) => All.Add(message);
    }

    private sealed class Canceller(int step, CancellationTokenSource cancellation) : IProgressListener
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
