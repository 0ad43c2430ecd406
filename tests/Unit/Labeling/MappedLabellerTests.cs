using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Labeling;
using ExpertDivergence.Tests.Unit.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Labeling;

public sealed class MappedLabellerTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("code/python", "en/Software Development", "en")]
    [InlineData("zh/Games", "zh/Games", "zh")]
    [InlineData("math", "math", "math")]
    [InlineData("en/Games", "en/Entertainment", "en")]
    public void ALabelIsMappedOrADomainItself(string label, string domain, string coarse)
    {
        var result = Labeller("""{"note":1,"label_to_domain49":{"code/python":"en/Software Development","en/Games":"en/Entertainment"}}""").Label(Document(label));
        (result.Domain.Id, result.Domain.Domain3, result.Confidence).ShouldBe((domain, coarse, 1.0));
    }

    [Fact]
    public void ALabelWithoutADomainIsNamedWithPlaceNearestAndRemedy()
    {
        var error = Should.Throw<InputException>(() => Labeller("""{"label_to_domain49":{"code/python":"en/Software"}}""").Label(Document("code/pyhton")));
        (error.File, error.Line).ShouldBe(("c.jsonl", 12));
        error.Message.ShouldContain("'code/pyhton'");
        error.Message.ShouldContain("nearest label with one is 'code/python'");
        error.Remedy.ShouldContain("labels.json");
    }

    [Fact]
    public void ADocumentWithoutALabelIsNamed() =>
        Should.Throw<InputException>(() => new MappedLabeller(Taxonomy.BuiltIn, LabelMap.Empty).Label(Document(null))).Message.ShouldContain("c.jsonl:12");

    [Fact]
    public void AMapToNoDomainIsRefusedWithTheNearest()
    {
        var error = Should.Throw<InputException>(() => Labeller("""{"label_to_domain49":{"x":"en/Game"}}"""));
        error.Message.ShouldContain("'en/Game'");
        error.Remedy.ShouldContain("en/Games");
    }

    [Theory]
    [InlineData("{}", "label_to_domain49")]
    [InlineData("[]", "label_to_domain49")]
    [InlineData("{\n\"label_to_domain49\": {,}", "labels.json:2")]
    public void AFileThatIsNoMapIsRefused(string json, string words) => Should.Throw<InputException>(() => Labeller(json)).Message.ShouldContain(words);

    [Fact]
    public void TheMapBesideTheCorpusIsTaken()
    {
        LabelMap.For(null, _folder.Path, Taxonomy.BuiltIn).ShouldBe(LabelMap.Empty);
        _folder.Write("labels.json", """{"label_to_domain49":{"x":"math"}}""");
        LabelMap.For("", _folder.Path, Taxonomy.BuiltIn).Find("x")!.Id.ShouldBe("math");
        Should.Throw<InputException>(() => LabelMap.For(Path.Combine(_folder.Path, "none.json"), _folder.Path, Taxonomy.BuiltIn));
    }

    private MappedLabeller Labeller(string map) =>
        new(Taxonomy.BuiltIn, LabelMap.Read(_folder.Write("labels.json", map), Taxonomy.BuiltIn));

    private static CorpusDocument Document(string? label) => new("c.jsonl", 12, "text", "source", label);
}
