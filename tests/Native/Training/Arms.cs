using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Training;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>Every arm of <c>pipeline/recipes/arms</c> on the tiny set: a new file there is a new case here.</summary>
internal static class Arms
{
    public static IReadOnlyList<string> Names => RecipeLibrary.Arms;

    public static TheoryData<string> Theory() => new(Names);

    /// <summary>A request of 9 steps with a state after every third, in widths that the fused step takes.</summary>
    public static PretrainRequest Request(TinyPack pack, string arm, string output, string train = "{}")
    {
        var recipe = RecipeLibrary.Resolve("spark", [$"arms.{arm}={{}}"]);
        return pack.Request(output, train, recipe.LossesOf(arm).ToJsonString(), arm: arm) with { Model = recipe.ModelOf(arm) };
    }
}
