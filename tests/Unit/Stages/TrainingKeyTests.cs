using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

/// <summary>What of the keys of training a result depends on: docs/exactness.md.</summary>
public sealed class TrainingKeyTests
{
    [Theory]
    [InlineData("train.threads=2", true)] // sums over two threads end in other last digits
    [InlineData("train.milestone_every=4", true)]
    [InlineData("train.milestone_every=0", false)]
    [InlineData("train.checkpoint_every=7", false)]
    [InlineData("train.keep_checkpoints=5", false)]
    public void A_key_of_saving_changes_the_result_or_does_not(string set, bool changes) => (Key(set) != Key()).ShouldBe(changes);

    [Theory]
    [InlineData("train.keep_checkpoints=0", "train.keep_checkpoints")]
    [InlineData("train.milestone_every=-1", "train.milestone_every")]
    public void Values_that_cannot_be_are_refused(string set, string option) => Should.Throw<OptionException>(() => Key(set)).Option.ShouldBe(option);

    private static string Key(params string[] overrides) =>
        StageKey.Compute(StageCatalog.Pretrain, StageKey.Parameters(StageCatalog.Pretrain, RecipeLibrary.Resolve("spark", overrides), "edl-49", 1), [], null);
}
