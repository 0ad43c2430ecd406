using ExpertDivergence.Build.Kills;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Build;

/// <summary>The target Torture with three kills in a row of one arm; all arms, killed within one process, are tested beside the trainer.</summary>
public sealed class KillTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edl-kills-").FullName;

    [Fact]
    public void Killed_three_times_in_a_row_a_run_ends_with_the_bytes_of_an_undisturbed_one()
    {
        var program = new TrainingProgram(Path.Combine(Program, "edl.dll"), _folder);
        program.Pack();
        // The arm with the most to remember, where there is one.
        var arm = RecipeLibrary.Arms.FirstOrDefault(a => a.StartsWith("bias+", StringComparison.Ordinal)) ?? "edl-49";
        var result = ArmUnderFire.Try(program, arm, kills: 3);
        result.Different.ShouldBeEmpty();
        result.Kills.Count.ShouldBe(3);
        result.Kills.ShouldAllBe(k => k.State > 0 && k.Redone >= 0 && k.Redone <= TrainingProgram.Interval);
    }

    [Theory]
    [InlineData("--kills=0")]
    [InlineData("--kills=many")]
    public void A_number_of_kills_that_is_none_is_refused(string argument) =>
        Should.Throw<UsageException>(() => new TestCake("--target=Torture", argument)).Message.ShouldContain(argument);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The program that was built beside the tests.
    private static string Program
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "ExpertDivergence.slnx")))
                folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside a checkout");
            return Path.Combine(folder, "artifacts", "bin", "Pipeline", "release");
        }
    }
}
