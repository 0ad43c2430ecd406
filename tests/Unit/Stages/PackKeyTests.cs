using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Stages;

public sealed class PackKeyTests
{
    [Fact]
    public void ByDomainHasTheKeyItHadBeforeThereWasAnother() =>
        Parameters().ShouldBe("""{"heldout_fraction":0.05,"seed":1,"sequence_length":128}""");

    [Fact]
    public void ConcatenatedHasAnother() => Parameters("pack.layout=concatenated").ShouldContain("\"layout\":\"concatenated\"");

    [Fact]
    public void AnUnknownLayoutIsRefusedByName() => Should.Throw<OptionException>(() => Parameters("pack.layout=joined")).Option.ShouldBe("pack.layout");

    private static string Parameters(params string[] sets) =>
        JsonFormat.Canonical(StageKey.Parameters(StageCatalog.Pack, RecipeLibrary.Resolve("defaults", sets)));
}
