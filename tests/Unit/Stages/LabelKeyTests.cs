using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class LabelKeyTests
{
    [Theory]
    [InlineData("labels.model=/nowhere")]
    [InlineData("labels.self_training=3")]
    [InlineData("labels.below=drop")]
    [InlineData("labels.seed=9")]
    [InlineData("labels.source_pattern=x")]
    public void WhatTheLabellerDoesNotReadIsNotInTheKey(string set) => Parameters(set).ShouldBe(Parameters());

    [Theory]
    [InlineData("labels.method=detect")]
    [InlineData("labels.threshold=0.5")]
    [InlineData("labels.fine_scheme=random")]
    [InlineData("labels.threshold=0.5", "labels.below=drop")]
    [InlineData("labels.fine_scheme=random", "labels.seed=2")]
    [InlineData("labels.fine_scheme=source", "labels.source_pattern=x")]
    [InlineData("labels.method=lexicon", "labels.self_training=2")]
    public void WhatItReadsIs(params string[] sets)
    {
        Parameters(sets).ShouldNotBe(Parameters());
        if (sets.Length > 1)
            Parameters(sets).ShouldNotBe(Parameters(sets[0]));
    }

    [Theory]
    [InlineData("labels.method=oracle", "labels.method")]
    [InlineData("labels.threshold=1.5", "labels.threshold")]
    [InlineData("labels.method=model", "labels.model")]
    [InlineData("labels.fine_scheme=topics12", "labels.fine_scheme")]
    [InlineData("labels.self_training=-1", "labels.self_training")]
    public void ValuesOutOfRangeAreRefusedByName(string set, string key) =>
        Should.Throw<OptionException>(() => Parameters(set)).Option.ShouldBe(key);

    [Fact]
    public void AFolderWithoutAModelIsNamed() =>
        Should.Throw<InputException>(() => Parameters("labels.method=model", "labels.model=/nowhere")).File.ShouldBe("/nowhere");

    private static string Parameters(params string[] sets) =>
        JsonFormat.Canonical(StageKey.Parameters(StageCatalog.Label, RecipeLibrary.Resolve("smoke", sets)));
}
