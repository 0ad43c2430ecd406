using System.Text.Json.Nodes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary><c>--dry-run</c>: what training takes, from a recipe alone.</summary>
public sealed class DryRunTests
{
    [Fact]
    public void A_recipe_without_its_corpus_is_estimated_arm_by_arm()
    {
        var outcome = Edl.Run("run", "edl-15b", "--dry-run", "--json", "--mfu", "0.5");
        outcome.ExitCode.ShouldBe(0);
        var json = JsonNode.Parse(outcome.Output)!;
        json["arms"]!.AsObject().Select(arm => arm.Key).ShouldBe(["baseline", "edl-3", "edl-49"]);
        var estimate = json["arms"]!["edl-49"]!;
        estimate["parameters"]!["total"]!.GetValue<long>().ShouldBe(15_069_192_192);
        estimate["fits_recomputed"]!.GetValue<bool>().ShouldBeFalse();
        estimate["time"]![1]!["days"]!.GetValue<double>().ShouldBe(27.156 / 8 * 0.4 / 0.5, 1e-2);
    }

    [Fact]
    public void One_arm_needs_neither_data_nor_a_folder_to_write()
    {
        var outcome = Edl.Run("pretrain", "--recipe", "edl-3b", "--arm", "edl-49", "--dry-run");
        outcome.ExitCode.ShouldBe(0);
        outcome.Output.ShouldContain("2.964 B");
        outcome.Output.ShouldContain("Data parallel alone");
    }

    [Fact]
    public void Without_it_both_are_still_asked_for()
    {
        var outcome = Edl.Run("pretrain", "--recipe", "edl-3b", "--arm", "edl-49");
        outcome.ExitCode.ShouldBe(2);
        outcome.Errors.ShouldContain("--out");
        outcome.Errors.ShouldContain("--data");
    }
}
