using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Labeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class FineSchemeTests
{
    [Theory]
    [InlineData("topics49", 49)]
    [InlineData("topics20", 20)]
    [InlineData("topics10", 10)]
    public void TopicsAreMerged(string name, int classes)
    {
        var scheme = FineScheme.Create(name, Taxonomy.BuiltIn);
        var fine = Taxonomy.BuiltIn.Domains.Select(d => (Fine: scheme.Of(Document("s"), 0, d), d.Domain3)).Distinct().ToList();
        fine.Count.ShouldBe(classes);
        fine.Select(f => f.Fine).Distinct().Count().ShouldBe(classes, "a fine domain lies in one coarse domain");
    }

    [Theory]
    [InlineData("owner/repo:path/to/file", "", "zh/owner/repo")]
    [InlineData("plain", "", "zh/plain")]
    [InlineData("http://site.org/page", "//([^/]+)", "zh///site.org")]
    [InlineData(":odd", "^[^:]+", "zh/:odd")]
    public void TheSourceIsAClass(string source, string pattern, string fine) =>
        FineScheme.Create("source", Taxonomy.BuiltIn, pattern).Of(Document(source), 3, Chinese).ShouldBe(fine);

    [Fact]
    public void ADocumentIsAClass() => FineScheme.Create("document", Taxonomy.BuiltIn).Of(Document("s"), 41, Chinese).ShouldBe("zh/document-41");

    [Fact]
    public void RandomClassesAreAsManyAsTopicsAndAllUsed()
    {
        var scheme = FineScheme.Create("random", Taxonomy.BuiltIn, seed: 3);
        var drawn = Enumerable.Range(0, 2000).Select(i => scheme.Of(Document("s"), i, Chinese)).ToList();
        drawn.Distinct().Count().ShouldBe(24);
        drawn.CountBy(d => d).Max(d => d.Value).ShouldBeLessThan(150);
        scheme.Of(Document("s"), 5, Chinese).ShouldBe(drawn[5]);
        scheme.Of(Document("s"), 5, Taxonomy.BuiltIn.Find("math")!).ShouldBe("math/random-00");
        Enumerable.Range(0, 2000).Select(i => FineScheme.Create("random", Taxonomy.BuiltIn, seed: 4).Of(Document("s"), i, Chinese)).ShouldNotBe(drawn);
    }

    [Fact]
    public void AnUnknownSchemeOrPatternIsRefused()
    {
        Should.Throw<OptionException>(() => FineScheme.Create("topics48", Taxonomy.BuiltIn)).Remedy.ShouldContain("topics49");
        Should.Throw<OptionException>(() => FineScheme.Create("source", Taxonomy.BuiltIn, "(")).Option.ShouldBe("labels.source_pattern");
    }

    private static Domain Chinese => Taxonomy.BuiltIn.Find("zh/Games")!;

    private static CorpusDocument Document(string source) => new("c.jsonl", 1, "text", source, null);
}
