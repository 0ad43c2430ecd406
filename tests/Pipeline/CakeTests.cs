using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>The literal command of the README, on the recipe spark.</summary>
public sealed class CakeTests
{
    [Fact]
    public void Dotnet_cake_makes_the_report_and_then_has_nothing_to_do()
    {
        var workspace = Edl.NewFolder();
        var first = Cake(workspace, "--target=Reproduce", "--recipe=spark");
        first.ExitCode.ShouldBe(0, first.Output + first.Errors);
        File.Exists(Path.Combine(workspace, "reports", "spark", "report.md")).ShouldBeTrue();

        Cake(workspace, "--target=Reproduce", "--recipe=spark", "--dryrun").Output.ShouldNotContain("Pretrain");
        var changed = Cake(workspace, "--target=Reproduce", "--recipe=spark", "--dryrun", "--set", "arms.edl-49.losses.divergence.coefficient=0.01").Output;
        changed.ShouldContain("Pretrain-edl-49-s1");
        changed.ShouldNotContain("Pretrain-baseline");
        changed.ShouldNotContain("Pack");
    }

    [Fact]
    public void A_mistyped_target_names_the_nearest()
    {
        var outcome = Cake(Edl.NewFolder(), "--target=Reproduse");
        outcome.ExitCode.ShouldBe(2);
        (outcome.Output + outcome.Errors).ShouldContain("Did you mean 'Reproduce'?");
    }

    private static Edl.Outcome Cake(string workspace, params string[] arguments)
    {
        using var process = Edl.Start("dotnet", ["cake", .. arguments], workspace);
        return Edl.End(process);
    }
}
