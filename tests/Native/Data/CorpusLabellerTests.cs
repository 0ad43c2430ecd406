using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Labeling;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Data;

public sealed class CorpusLabellerTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ACorpusBecomesShardsAndAReport()
    {
        Label(OnBadLine.Skip, """
            {"text":"one","label":"math","source":"book"}
            {"text":""}
            {"text":"二","label":"zh/Games"}
            """);

        DocumentShards.Read(_folder["out"]).ShouldBe(
            [new(0, "book", "math", "math", "math", 1, "one"), new(1, "c.jsonl:3", "zh/Games", "zh", "zh/Games", 1, "二")]);
        var report = JsonNode.Parse(File.ReadAllText(_folder["out/report.json"]))!;
        report["read"]!.GetValue<int>().ShouldBe(3);
        report["kept"]!.GetValue<int>().ShouldBe(2);
        report["left_out"]!["by_reason"]!["empty"]!.GetValue<int>().ShouldBe(1);
        report["left_out"]!["examples"]![0]!["line"]!.GetValue<int>().ShouldBe(2);
        File.ReadAllLines(_folder["out/left-out.csv"]).ShouldBe(["file,line,reason,message", "c.jsonl,2,empty,the field 'text' is empty."]);
        report["domain49"]!.ToJsonString().ShouldBe("""{"math":1,"zh/Games":1}""");
    }

    [Theory]
    [InlineData("\n\n", "empty")]
    [InlineData("{\"text\":\"x\",\"label\":\"math\"}\n{\"text\":\"y\",\"label\":\"math\"}\n", "divergence needs at least two domains")]
    [InlineData("{\"text\":\"x\",\"label\":\"math\"}\n{\"text\":\"y\",\"label\":\"maths\"}\n", "c.jsonl:2")]
    [InlineData("{\"text\":\"x\",\"label\":\"math\"}\n{\"text\":\n", "c.jsonl:2")]
    public void ACorpusThatCannotServeIsRefusedInWords(string corpus, string words) =>
        Should.Throw<InputException>(() => Label(OnBadLine.Fail, corpus)).Message.ShouldContain(words);

    [Fact]
    public void EveryLineBadIsAnEmptyCorpus() =>
        Should.Throw<InputException>(() => Label(OnBadLine.Skip, "{\n{\n")).Message.ShouldContain("no document was kept");

    [Theory]
    [InlineData(BelowThreshold.Keep, 3, 0)]
    [InlineData(BelowThreshold.Drop, 2, 1)]
    public void AnUnsureDocumentIsKeptOrLeftOut(BelowThreshold below, int kept, int leftOut)
    {
        Label(OnBadLine.Fail, """
            {"text":"sure","label":"math"}
            {"text":"unsure","label":"math"}
            {"text":"sure too","label":"zh/Games"}
            """, new() { Threshold = 0.5, Below = below });
        var report = JsonNode.Parse(File.ReadAllText(_folder["out/report.json"]))!;
        report["kept"]!.GetValue<int>().ShouldBe(kept);
        (report["left_out"]!["by_reason"]!["low_confidence"]?.GetValue<int>() ?? 0).ShouldBe(leftOut);
        DocumentShards.Read(_folder["out"]).Select(d => d.DocumentId).ShouldBe(Enumerable.Range(0, kept).Select(i => (long)i));
    }

    [Fact]
    public void TheFineColumnHoldsWhatTheSchemeSays()
    {
        Label(OnBadLine.Fail, """
            {"text":"one","label":"en/Games","source":"a:1"}
            {"text":"two","label":"zh/Games","source":"b:2"}
            """, new() { FineScheme = FineScheme.Create("source", Taxonomy.BuiltIn) });
        DocumentShards.Read(_folder["out"]).Select(d => (d.Domain3, d.Domain49)).ShouldBe([("en", "en/a"), ("zh", "zh/b")]);
    }

    private void Label(OnBadLine onBadLine, string corpus, LabelOptions? options = null)
    {
        var path = Path.Combine(Directory.CreateDirectory(_folder["corpus"]).FullName, "c.jsonl");
        File.WriteAllText(path, corpus);
        Directory.CreateDirectory(_folder["out"]);
        new CorpusLabeller(new([_folder["corpus"]], new() { OnBadLine = onBadLine }), new Doubter(new MappedLabeller(Taxonomy.BuiltIn, LabelMap.Empty)), options)
            .Run(_folder["out"], SilentProgress.Instance, TestContext.Current.CancellationToken);
    }

    /// <summary>Believes no document that says « unsure ».</summary>
    private sealed class Doubter(ILabeller labeller) : ILabeller
    {
        public DomainLabel Label(CorpusDocument document) =>
            document.Text == "unsure" ? labeller.Label(document) with { Confidence = 0.2 } : labeller.Label(document);
    }
}
