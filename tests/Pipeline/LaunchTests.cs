using System.Diagnostics;
using ExpertDivergence.Core;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>Several ranks as a user starts them: processes of their own.</summary>
public sealed class LaunchTests(LaunchTests.Pack pack) : IClassFixture<LaunchTests.Pack>
{
    /// <summary>A packed set that the tests train on.</summary>
    public sealed class Pack
    {
        public Pack()
        {
            var workspace = Edl.NewFolder();
            var outcome = Edl.Run(workspace, ["run", "spark", "--target", "Pack"]);
            outcome.ExitCode.ShouldBe(0, outcome.Errors);
            Folder = Directory.GetDirectories(Path.Combine(workspace, "stages", "Pack")).Single();
        }

        public string Folder { get; }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_rank_that_is_killed_ends_the_other_which_names_it_and_the_run_goes_on(int victim)
    {
        var target = Path.Combine(Edl.NewFolder(), "run");
        string[] command = ["launch", "-n", "2", "--", .. Pretrain(target, "train.steps=200", "train.checkpoint_every=5")];
        using var launcher = Running.Start(Edl.NewFolder(), command);
        using var rank = launcher.Rank(victim);
        launcher.WaitFor(() => State(target));
        rank.Kill();
        var clock = Stopwatch.StartNew();
        var outcome = launcher.End();

        clock.Elapsed.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(30));
        outcome.ExitCode.ShouldBe(137, outcome.Errors);
        outcome.Errors.ShouldContain($"[rank {victim}] was killed by signal 9.");
        outcome.Errors.ShouldMatch($@"\[rank {1 - victim}\] error: rank {1 - victim} of 2: rank {victim}.* gone");
        Directory.Exists(target).ShouldBeFalse();

        var again = Edl.Run(command);
        again.ExitCode.ShouldBe(0, again.Errors);
        again.Errors.ShouldContain("[rank 0] Resumed after step");
        File.ReadAllText(Path.Combine(target, "manifest.json")).ShouldContain("\"ranks\": 2");
    }

    [Fact]
    public void A_launcher_that_is_killed_takes_its_ranks_with_it()
    {
        var target = Path.Combine(Edl.NewFolder(), "run");
        using var launcher = Running.Start(Edl.NewFolder(), ["launch", "-n", "2", "--", .. Pretrain(target, "train.steps=1000000", "train.checkpoint_every=5")]);
        using Process first = launcher.Rank(0), second = launcher.Rank(1);
        launcher.WaitFor(() => State(target));
        launcher.Kill();
        first.WaitForExit(300_000).ShouldBeTrue();
        second.WaitForExit(300_000).ShouldBeTrue();
    }

    [Fact]
    public void A_verb_that_knows_no_ranks_is_refused() => Edl.Run("launch", "-n", "2", "--", "pack").ExitCode.ShouldBe(ExitCodes.Usage);

    [Fact]
    public void A_recipe_of_two_ranks_says_how_to_start_them()
    {
        var outcome = Edl.Run(Pretrain(Path.Combine(Edl.NewFolder(), "run"), "train.ranks=2"));
        outcome.ExitCode.ShouldBe(ExitCodes.Usage);
        outcome.Errors.ShouldContain("edl launch -n 2");
    }

    private string[] Pretrain(string target, params string[] set) =>
        ["pretrain", "--recipe", "spark", "--arm", "edl-49", "--seed", "1", "--data", pack.Folder, "--out", target, .. set.SelectMany(s => new[] { "--set", s })];

    private static string? State(string target) => !Directory.Exists(target + ".partial") ? null : Directory.GetDirectories(target + ".partial", "trainer-step-*")
        .FirstOrDefault(folder => !folder.EndsWith(".partial", StringComparison.Ordinal));
}
