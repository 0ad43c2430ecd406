using System.Diagnostics;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>The recipe spark through the whole graph, in seconds.</summary>
public sealed class SparkTests(SparkTests.Run run) : IClassFixture<SparkTests.Run>
{
    /// <summary>One run that the tests look at.</summary>
    public sealed class Run
    {
        public Run() => Outcome = Edl.Run(Workspace, ["run", "spark"]);

        public string Workspace { get; } = Edl.NewFolder();

        internal Edl.Outcome Outcome { get; }
    }

    private string Report => Path.Combine(run.Workspace, "reports", "spark");

    [Fact]
    public void The_report_is_written()
    {
        run.Outcome.ExitCode.ShouldBe(0, run.Outcome.Output + run.Outcome.Errors);
        var text = File.ReadAllText(Path.Combine(Report, "report.md"));
        text.ShouldContain("edl-49");
        text.ShouldContain("inconclusive");
        text.ShouldContain("micro-world score");
    }

    [Fact]
    public void Every_figure_that_the_report_shows_is_there()
    {
        var figures = System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(Path.Combine(Report, "report.md")), @"\((figures/[^)]+\.svg)\)").Select(m => m.Groups[1].Value).ToArray();
        figures.Length.ShouldBeGreaterThan(2);
        figures.ShouldAllBe(f => File.Exists(Path.Combine(Report, f)));
    }

    [Fact]
    public void Again_nothing_runs()
    {
        var again = Edl.Run(run.Workspace, ["run", "spark"]);
        again.ExitCode.ShouldBe(0, again.Errors);
        again.Output.ShouldContain("all up to date");
    }

    [Fact]
    public void Every_result_is_as_its_manifest_says()
    {
        var verified = Edl.Run(run.Workspace, ["verify", "spark"]);
        verified.ExitCode.ShouldBe(0, verified.Errors);
        verified.Output.ShouldMatch(@"(\d{2,}) of \1 results are there, 0 files differ"); // none missing, for a missing one differs in nothing
    }

    [Fact]
    public void Every_arm_saw_the_same_sequences_in_the_same_order()
    {
        var orders = Directory.EnumerateFiles(run.Workspace, "training.json", SearchOption.AllDirectories)
            .Select(f => System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(f))!)
            .GroupBy(j => j["seed"]!.GetValue<long>(), j => j["order_sha256"]!.GetValue<string>())
            .ToArray();
        orders.Length.ShouldBe(2);
        orders.ShouldAllBe(o => o.Count() == 3 && o.Distinct().Count() == 1);
    }

    [Fact]
    public void A_key_that_a_verb_computes_is_the_one_that_the_graph_expects()
    {
        var expected = Manifest.Read(Directory.GetDirectories(Path.Combine(run.Workspace, "stages", "Pack")).Single());
        var tokens = Directory.GetDirectories(Path.Combine(run.Workspace, "stages", "Tokenize")).Single();
        var target = Path.Combine(Edl.NewFolder(), "packed");
        Edl.Run("pack", "--recipe", "spark", "--in", tokens, "--out", target).ExitCode.ShouldBe(0);
        var found = Manifest.Read(target);
        found.Key.ShouldBe(expected.Key);
        found.Outputs.ShouldBe(expected.Outputs);
    }

    [Fact]
    public void A_checkpoint_continues_a_prompt()
    {
        var model = Directory.GetDirectories(Path.Combine(run.Workspace, "stages", "Pretrain")).First();
        var outcome = Edl.Run("generate", "--model", model, "--prompt", "The", "--max-new-tokens", "8");
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        outcome.Output.ShouldStartWith("The");
        Edl.Run("generate", "--model", model, "--prompt", "The", "--max-new-tokens", "8", "--threads", "2").ExitCode.ShouldBe(0);
        Edl.Run("generate", "--model", model, "--threads", "0").ExitCode.ShouldBe(ExitCodes.Usage);
    }

    [Fact]
    public void A_milestone_is_judged_as_a_finished_run_is()
    {
        var (data, target) = (Directory.GetDirectories(Path.Combine(run.Workspace, "stages", "Pack")).Single(), Path.Combine(Edl.NewFolder(), "run"));
        var trained = Edl.Run("pretrain", "--recipe", "spark", "--arm", "edl-49", "--data", data, "--out", target, "--set", "train.milestone_every=5");
        trained.ExitCode.ShouldBe(0, trained.Errors);
        Directory.GetDirectories(Path.Combine(target, "checkpoints")).Length.ShouldBe(2);
        foreach (var verb in (string[])["evaluate", "analyze"])
        {
            var judged = Edl.Run(verb, "--recipe", "spark", "--model", Path.Combine(target, "checkpoints", "step-10"), "--data", data, "--out", target + "-" + verb);
            judged.ExitCode.ShouldBe(0, judged.Errors);
        }
    }

    [Fact]
    public void A_run_interrupted_in_training_ends_with_the_same_bytes()
    {
        var data = Directory.GetDirectories(Path.Combine(run.Workspace, "stages", "Pack")).Single();
        string[] pretrain(string target) => ["pretrain", "--recipe", "spark", "--arm", "edl-49", "--seed", "1", "--data", data, "--out", target, "--set", "train.steps=400", "--set", "train.checkpoint_every=20"];
        var (whole, broken) = (Path.Combine(Edl.NewFolder(), "whole"), Path.Combine(Edl.NewFolder(), "broken"));
        Edl.Run(pretrain(whole)).ExitCode.ShouldBe(0);
        Interrupt(pretrain(broken), broken);
        var resumed = Edl.Run(pretrain(broken));
        resumed.ExitCode.ShouldBe(0, resumed.Errors);
        resumed.Errors.ShouldContain("Resumed after step");
        Hashing.OfFile(Path.Combine(broken, "model.safetensors")).ShouldBe(Hashing.OfFile(Path.Combine(whole, "model.safetensors")));
        Hashing.OfFile(Path.Combine(broken, "metrics.csv")).ShouldBe(Hashing.OfFile(Path.Combine(whole, "metrics.csv")));
    }

    // Waits until a state newer than the last run's has been written, so that the run is in mid-training.
    private static void Interrupt(string[] arguments, string target)
    {
        int states() => Directory.Exists(target + ".partial") ? Directory.GetFiles(target + ".partial", "state.json", SearchOption.AllDirectories).Sum(f => int.Parse(System.Text.RegularExpressions.Regex.Match(f, @"step-(\d+)").Groups[1].Value)) : 0;
        var before = states();
        using var process = Edl.Start(null, arguments);
        var clock = Stopwatch.StartNew();
        while (states() == before && !process.HasExited && clock.Elapsed < TimeSpan.FromMinutes(2))
            Thread.Sleep(5);
        process.HasExited.ShouldBeFalse("the run ended before it could be interrupted");
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString()]))
            kill.WaitForExit();
        var outcome = Edl.End(process);
        outcome.ExitCode.ShouldBe(ExitCodes.Interrupted, outcome.Errors);
        Directory.Exists(target).ShouldBeFalse();
    }
}
