using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

/// <summary>Arms that differ in the model or the labels, and their keys.</summary>
public sealed class ArmTests
{
    [Fact]
    public void An_arm_may_change_the_model()
    {
        var recipe = RecipeLibrary.Resolve("spark", ["arms.bias.losses.load_balance.coefficient=0.0"]);
        recipe.ModelOf("bias")["router_score"]!.ToString().ShouldBe("sigmoid");
        recipe.ModelOf("bias")["hidden_size"]!.ToString().ShouldBe("32");
        recipe.ModelOf("baseline")["router_score"]!.ToString().ShouldBe("softmax");
        RecipeLibrary.Resolve("spark", ["arms.bias.model.router_bias_rate=0.1"]).ModelOf("bias")["router_bias_rate"]!.ToString().ShouldBe("0.1");
    }

    [Theory]
    [InlineData("arms.edl-49.model.router_score=tanh", "arms.edl-49.model.router_score")]
    [InlineData("arms.edl-49.model.top_k=99", "arms.edl-49.model.top_k")]
    [InlineData("model.first_dense_layers=2", "model.first_dense_layers")]
    [InlineData("model.shared_experts=-1", "model.shared_experts")]
    [InlineData("model.router_bias_rate=0", "model.router_bias_rate")]
    public void A_value_that_no_model_has_is_refused_by_name(string set, string key) =>
        Should.Throw<OptionException>(() => RecipeLibrary.Resolve("spark", [set])).Option.ShouldBe(key);

    [Fact]
    public void An_unknown_key_of_an_arm_s_model_is_refused() =>
        Should.Throw<UsageException>(() => RecipeLibrary.Resolve("spark", ["arms.edl-49.model.router_scores=softmax"])).Message.ShouldContain("router_scores");

    [Theory]
    [InlineData("baseline")]
    [InlineData("edl-49")]
    public void Arms_as_they_were_have_the_keys_they_had(string arm)
    {
        var parameters = StageKey.Parameters(StageCatalog.Pretrain, RecipeLibrary.Resolve("spark"), arm, 1);
        parameters["model"]!.AsObject().Select(p => p.Key).ShouldBe(
            ["layers", "hidden_size", "heads", "kv_heads", "head_dim", "expert_size", "experts", "top_k", "rope_theta", "rms_norm_eps", "initializer_range"], ignoreOrder: true);
        parameters["losses"]!["load_balance"]!.AsObject().Select(p => p.Key).ShouldBe(["formula", "coefficient", "granularity"], ignoreOrder: true);
        if (arm == "edl-49")
        {
            parameters["losses"]!["divergence"]!.AsObject().Select(p => p.Key).ShouldBe(
                ["formula", "coefficient", "granularity", "labels", "probabilities", "epsilon", "precision", "layers", "warmup_steps", "until_step"], ignoreOrder: true);
        }
    }

    [Theory]
    [InlineData("model.shared_expert_size=7", false)]
    [InlineData("model.router_bias_rate=0.5", false)]
    [InlineData("model.shared_experts=1", true)]
    [InlineData("model.router_score=sigmoid", true)]
    [InlineData("arms.edl-49.losses.divergence.classes=7", false)]
    [InlineData("arms.edl-49.losses.divergence.labels=random", true)]
    [InlineData("arms.edl-49.losses.divergence.until_share=0.5", true)]
    public void A_key_changes_when_what_it_says_is_read(string set, bool changes)
    {
        string Key(params string[] overrides) => JsonFormat.Canonical(StageKey.Parameters(StageCatalog.Pretrain, RecipeLibrary.Resolve("spark", overrides), "edl-49", 1));
        (Key(set) != Key()).ShouldBe(changes);
    }

    [Fact]
    public void Every_built_in_arm_resolves()
    {
        foreach (var arm in RecipeLibrary.Arms)
            RecipeLibrary.Resolve("spark", [$"arms.{arm}.losses.load_balance.formula=switch"]).LossesOf(arm).Count.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a b")]
    public void A_name_that_is_no_file_name_is_refused(string name)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("edl-arm-").FullName, "r.yaml");
        File.WriteAllText(file, $"extends: spark\narms:\n  '{name}':\n    losses:\n      load_balance: {{}}\n");
        Should.Throw<OptionException>(() => RecipeLibrary.Resolve(file)).Option.ShouldBe("arms." + name);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
