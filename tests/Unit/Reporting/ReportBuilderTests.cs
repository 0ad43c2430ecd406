using ExpertDivergence.Core;
using ExpertDivergence.Reporting;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Reporting;

public sealed class ReportBuilderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edl-report-out-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_report_of_the_fixture_is_the_committed_one()
    {
        using var results = new SyntheticResults();
        var report = Write(results.Input);
        var golden = Path.Combine(Repository(), "tests", "Unit", "Reporting", "golden-report.md");
        if (Environment.GetEnvironmentVariable("EDL_ACCEPT_GOLDEN") == "1")
            File.WriteAllText(golden, report);
        report.ShouldBe(File.ReadAllText(golden), "Look at the difference; if it is meant, run this test with EDL_ACCEPT_GOLDEN=1.");
    }

    [Fact]
    public void Two_seeds_are_inconclusive_and_the_report_says_why()
    {
        using var results = new SyntheticResults();
        var report = Write(results.Input);
        report.ShouldContain("**Held-out loss, edl-49: inconclusive.**");
        report.ShouldContain("12.7 standard errors");
    }

    [Fact]
    public void A_single_seed_has_no_interval()
    {
        using var results = new SyntheticResults(seeds: 1);
        var report = Write(results.Input);
        report.ShouldContain("one seed has no interval");
        report.ShouldNotContain("NaN");
        report.ShouldNotContain("∞");
    }

    [Fact]
    public void A_baseline_alone_makes_a_report()
    {
        using var results = new SyntheticResults();
        var report = Write(results.Input with { Runs = [.. results.Runs.Where(run => run.Arm == "baseline")] });
        report.ShouldContain("There is no arm beside baseline");
    }

    [Fact]
    public void Without_benchmarks_the_report_says_so()
    {
        using var results = new SyntheticResults();
        foreach (var folder in results.Runs.Select(run => run.Evaluate).Concat(results.Yardsticks.Select(yardstick => yardstick.Folder)))
        {
            File.WriteAllText(Path.Combine(folder, "scores.csv"), "task,metric,value,standard_error,n,chance\n");
            File.WriteAllText(Path.Combine(folder, "items.jsonl"), "");
        }

        Write(results.Input).ShouldContain("No benchmark was run.");
    }

    [Fact]
    public void Synthetic_scores_are_called_micro_world_scores()
    {
        using var results = new SyntheticResults();
        Write(results.Input).ShouldContain("Micro-world score ± SE");
        Write(results.Input with { CorpusIsSynthetic = false }).ToLowerInvariant().ShouldNotContain("micro-world");
    }

    [Fact]
    public void Figures_that_cannot_be_drawn_are_left_out_with_the_reason()
    {
        using var results = new SyntheticResults();
        ReportBuilder.Write(results.Input, _folder, SilentProgress.Instance, (_, _) => "The figures are left out: no node.", TestContext.Current.CancellationToken);
        var report = File.ReadAllText(Path.Combine(_folder, "report.md"));
        report.ShouldContain("> The figures are left out: no node.");
        report.ShouldNotContain("![");
    }

    [Theory]
    [InlineData("Evaluate", "items.jsonl")]
    [InlineData("Evaluate", "heldout.csv")]
    [InlineData("Pretrain", "training.json")]
    [InlineData("Pretrain", "metrics.csv")]
    [InlineData("Analyze", "routing.csv")]
    public void A_missing_file_is_named_with_the_stage_to_run(string stage, string name)
    {
        using var results = new SyntheticResults();
        var folder = results.Runs[3] is var run && stage == "Evaluate" ? run.Evaluate : stage == "Pretrain" ? run.Pretrain : run.Analyze;
        File.Delete(Path.Combine(folder, name));
        var error = Should.Throw<InputException>(() => Write(results.Input));
        error.File.ShouldBe(Path.Combine(folder, name));
        error.Message.ShouldEndWith("is missing");
        error.Remedy.ShouldBe($"Run the {stage} stage of arm 'edl-3', seed 2, again.");
    }

    [Fact]
    public void A_damaged_number_is_named_with_its_line()
    {
        using var results = new SyntheticResults();
        var path = Path.Combine(results.Runs[0].Analyze, "routing.csv");
        File.WriteAllText(path, File.ReadAllText(path).Replace(",0.2,", ",none,"));
        var error = Should.Throw<InputException>(() => Write(results.Input));
        error.Line.ShouldBe(2);
        error.Message.ShouldContain("'none' in column 'load_cv' is not a number");
    }

    [Fact]
    public void Different_orders_of_one_seed_are_warned_of()
    {
        using var results = new SyntheticResults();
        var path = Path.Combine(results.Runs[^1].Pretrain, "training.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(Hashing.OfText("order of seed 2"), "other"));
        Write(results.Input).ShouldContain("**Warning:** for seed 2");
    }

    [Fact]
    public void A_wrong_baseline_is_refused_with_the_nearest_arm()
    {
        using var results = new SyntheticResults();
        Should.Throw<OptionException>(() => Write(results.Input with { Baseline = "edl-9" })).Remedy.ShouldContain("'edl-3'");
    }

    [Fact]
    public void The_html_page_carries_its_figures_inside()
    {
        using var results = new SyntheticResults();
        Write(results.Input);
        var html = File.ReadAllText(Path.Combine(_folder, "report.html"));
        html.ShouldContain("src=\"data:image/svg+xml;base64,");
        html.ShouldNotContain("src=\"figures/");
        html.ShouldContain("<table>");
    }

    /// <summary>Writes the report with empty drawings, so that these tests need no Node.</summary>
    private string Write(ReportInput input)
    {
        ReportBuilder.Write(input, _folder, SilentProgress.Instance, (figures, folder) =>
        {
            foreach (var figure in figures)
                File.WriteAllText(Path.Combine(folder, figure.Name + ".svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
            return null;
        }, TestContext.Current.CancellationToken);
        return File.ReadAllText(Path.Combine(_folder, "report.md"));
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "ExpertDivergence.slnx")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
