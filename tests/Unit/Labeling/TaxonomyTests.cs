using ExpertDivergence.Labeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class TaxonomyTests
{
    [Fact]
    public void ThereAre24TopicsInTwoLanguagesAndMathematics()
    {
        var taxonomy = Taxonomy.BuiltIn;
        taxonomy.Ids49.Count.ShouldBe(49);
        taxonomy.Ids49.Distinct().Count().ShouldBe(49);
        taxonomy.Ids3.ShouldBe(["en", "zh", "math"]);
        foreach (var language in (string[])["en", "zh"])
            taxonomy.Domains.Where(d => d.Domain3 == language).Select(d => d.Id).ShouldBe(
                taxonomy.Domains.Where(d => d.Domain3 == "en").Select(d => $"{language}/{d.Topic}"));
        taxonomy.Domains.Count(d => d.Domain3 == "en").ShouldBe(24);
    }

    [Theory]
    [InlineData("en/Games", "en")]
    [InlineData("zh/Science, Math & Technology", "zh")]
    [InlineData("math", "math")]
    public void ADomainKnowsItsCoarseOne(string id, string coarse) => Taxonomy.BuiltIn.Find(id)!.Domain3.ShouldBe(coarse);

    [Theory]
    [InlineData("en/games")]
    [InlineData("en")]
    [InlineData("")]
    public void NothingElseIsADomain(string id) => Taxonomy.BuiltIn.Find(id).ShouldBeNull();

    [Fact]
    public void EveryDomainSaysWhatBelongsThere() => Taxonomy.BuiltIn.Domains.ShouldAllBe(d => d.Scope.Length > 20 && d.Name != "");
}
