using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class OverlapTests
{
    [Fact]
    public void TheRecipesOwnBenchmarksAreTheBuiltInCorpusOrItsFolder()
    {
        RecipeLibrary.Resolve("smoke").OverlapFolder.ShouldBeNull();
        RecipeLibrary.Resolve("smoke", ["labels.overlap_with=benchmarks"]).OverlapFolder.ShouldBe("");
        RecipeLibrary.Resolve("smoke", ["labels.overlap_with=benchmarks", "benchmarks.path=tasks"]).OverlapFolder.ShouldBe("tasks");
        RecipeLibrary.Resolve("smoke", ["labels.overlap_with=mine", "benchmarks.path=tasks"]).OverlapFolder.ShouldBe("mine");
    }

    [Fact]
    public void TheRuleIsInTheKey() => Labels("labels.overlap_with=benchmarks").ShouldNotBe(Labels());

    [Fact]
    public void BenchmarksThatARecipeDoesNotNameAreAskedFor() => Should.Throw<OptionException>(() => new PipelineGraph(
        RecipeLibrary.Resolve("real-mini", ["corpus.path=/nowhere", "labels.overlap_with=benchmarks"]), new Workspace("/nowhere"), "t")).Option.ShouldBe("labels.overlap_with");

    private static string Labels(params string[] sets) =>
        JsonFormat.Canonical(StageKey.Parameters(StageCatalog.Label, RecipeLibrary.Resolve("smoke", sets)));
}
