using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training.Estimates;

public sealed class EdlRecipeTests
{
    // The names' numbers, and what docs/scale.md says of each.
    [Theory]
    [InlineData("edl-3b", 3.0e9, 0.3e9, 2_964_295_424, 310_087_424)]
    [InlineData("edl-8b", 8.0e9, 0.8e9, 7_878_937_088, 801_049_088)]
    [InlineData("edl-15b", 15.0e9, 1.5e9, 15_069_192_192, 1_479_647_232)]
    public void Sizes_add_up_to_the_names(string name, double total, double active, long exactTotal, long exactActive)
    {
        var counts = Model(name).CountParameters();
        counts.ShouldBe((exactTotal, exactActive));
        (counts.Total / total).ShouldBeInRange(0.98, 1.02);
        (counts.Active / active).ShouldBeInRange(0.96, 1.04);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void They_are_what_is_known_of_the_models(string name)
    {
        var (recipe, model) = (RecipeLibrary.Resolve(name), Model(name));
        model.Experts.ShouldBe(64);
        model.Layers.ShouldBeGreaterThanOrEqualTo(15);
        var training = TrainingOptions.FromJson(recipe.Section("train"));
        var tokens = (double)training.Steps * training.BatchSize * recipe.Integer("pack.sequence_length");
        tokens.ShouldBeInRange(99.9e9, 100.1e9);
        training.Steps.ShouldBeGreaterThan(20_000);
        recipe.Arms.ShouldBe(["baseline", "edl-3", "edl-49"]);
    }

    // The kernels of GPUs take rows of whole 16 bytes.
    [Theory]
    [MemberData(nameof(Names))]
    public void Widths_suit_the_kernels(string name)
    {
        var model = Model(name);
        new[] { model.Dim, model.ExpertWidth, model.HeadDim }.ShouldAllBe(width => width % 64 == 0);
    }

    public static TheoryData<string> Names() => ["edl-3b", "edl-8b", "edl-15b"];

    internal static ModelOptions Model(string name)
    {
        var recipe = RecipeLibrary.Resolve(name);
        var none = new PackCounts(0, 0);
        return RecipeSections.Model(recipe.Section("model"),
            new PackInfo((int)recipe.Integer("pack.sequence_length"), 2, (int)recipe.Integer("tokenizer.vocab_size"), 0, [], [], none, none));
    }
}
