using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class RecipeTests
{
    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Every_built_in_recipe_resolves(string name) => RecipeLibrary.Resolve(name).Name.ShouldBe(name);

    public static TheoryData<string> BuiltIn() => new(RecipeLibrary.Names);

    [Fact]
    public void Extending_inherits_and_overrides()
    {
        var spark = RecipeLibrary.Resolve("spark");
        spark.Arms.ShouldBe(["baseline", "edl-3", "edl-49"]);
        spark.Integer("corpus.documents").ShouldBe(600);
        spark.Text("corpus.builtin").ShouldBe("microworld");
    }

    [Fact]
    public void An_arm_brings_its_losses_complete()
    {
        var losses = RecipeLibrary.Resolve("smoke").LossesOf("edl-3");
        losses["divergence"]!["labels"]!.ToString().ShouldBe("domain3");
        losses["divergence"]!["formula"]!.ToString().ShouldBe("neg_log_jsd");
        losses["load_balance"]!["coefficient"]!.GetValue<double>().ShouldBe(1e-3);
    }

    [Fact]
    public void Set_overrides_one_coefficient_of_one_arm()
    {
        var recipe = RecipeLibrary.Resolve("smoke", ["arms.edl-49.losses.divergence.coefficient=0.01"]);
        recipe.LossesOf("edl-49")["divergence"]!["coefficient"]!.GetValue<double>().ShouldBe(0.01);
        recipe.LossesOf("edl-3")["divergence"]!["coefficient"]!.GetValue<double>().ShouldBe(1e-3);
    }

    [Theory]
    [InlineData("train.stepz=5", "train.steps")]
    [InlineData("arms.edl-49.losses.divergence.coeficient=1", "coefficient")]
    [InlineData("arms.edl-499.losses.divergence.coefficient=1", "edl-49")]
    [InlineData("model.topk=2", "top_k")]
    public void An_unknown_key_names_the_nearest(string set, string nearest) =>
        Should.Throw<UsageException>(() => RecipeLibrary.Resolve("smoke", [set])).Remedy.ShouldContain(nearest);

    [Fact]
    public void An_unknown_recipe_names_the_nearest() =>
        Should.Throw<UsageException>(() => RecipeLibrary.Resolve("smok")).Remedy.ShouldContain("smoke");

    [Fact]
    public void More_experts_a_token_than_experts_is_refused_with_the_remedy()
    {
        var error = Should.Throw<OptionException>(() => RecipeLibrary.Resolve("smoke", ["model.top_k=9"]));
        error.Message.ShouldContain("9 of 8 experts");
        error.ExitCode.ShouldBe(ExitCodes.Usage);
    }

    [Fact]
    public void A_wrong_kind_of_value_is_refused() =>
        Should.Throw<UsageException>(() => RecipeLibrary.Resolve("smoke", ["train.steps=many"])).Message.ShouldContain("takes a whole number, not text");

    [Fact]
    public void A_damaged_file_names_its_line()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "mine.yaml");
        File.WriteAllText(file, "extends: smoke\ntrain:\n  stepz: 3\n");
        var error = Should.Throw<InputException>(() => RecipeLibrary.Resolve(file));
        error.Line.ShouldBe(3);
        error.Remedy.ShouldContain("steps");
    }

    [Fact]
    public void A_mapping_of_names_takes_any_name_with_a_number()
    {
        RecipeLibrary.Resolve("smoke", ["train.sampler.weights.en/cooking=0.5"]).Number("train.sampler.weights.en/cooking").ShouldBe(0.5);
        Should.Throw<UsageException>(() => RecipeLibrary.Resolve("smoke", ["train.sampler.weights.math=much"])).Message.ShouldContain("takes a number, not text");
        Should.Throw<OptionException>(() => RecipeLibrary.Resolve("smoke", ["train.sampler.weights.math=-1"])).Option.ShouldBe("train.sampler.weights.math");
    }

    [Theory]
    [InlineData("train.accumulation=3")]
    [InlineData("train.decay_share=0")]
    [InlineData("train.decay_form=steep")]
    [InlineData("train.activation_checkpointing=some")]
    [InlineData("train.validate_every=-1")]
    [InlineData("train.max_minutes=-1")]
    public void A_wrong_training_option_is_refused_by_name(string set) =>
        Should.Throw<OptionException>(() => RecipeLibrary.Resolve("smoke", [set])).Option.ShouldBe(set.Split('=')[0]);

    [Fact]
    public void The_hash_covers_every_value() =>
        RecipeLibrary.Resolve("smoke").Hash.ShouldNotBe(RecipeLibrary.Resolve("smoke", ["train.beta2=0.96"]).Hash);

    [Fact]
    public void A_resolved_recipe_resolves_to_itself()
    {
        var recipe = RecipeLibrary.Resolve("smoke", ["train.steps=7"]);
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "resolved.yaml");
        File.WriteAllText(file, recipe.ToJson());
        RecipeLibrary.Resolve(file).Hash.ShouldBe(recipe.Hash);
    }
}
