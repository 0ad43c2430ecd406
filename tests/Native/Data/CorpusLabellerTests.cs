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

    private void Label(OnBadLine onBadLine, string corpus)
    {
        var path = Path.Combine(Directory.CreateDirectory(_folder["corpus"]).FullName, "c.jsonl");
        File.WriteAllText(path, corpus);
        Directory.CreateDirectory(_folder["out"]);
        new CorpusLabeller(new([_folder["corpus"]], new() { OnBadLine = onBadLine }), new MappedLabeller(Taxonomy.BuiltIn, LabelMap.Empty))
            .Run(_folder["out"], SilentProgress.Instance, TestContext.Current.CancellationToken);
    }
}
