using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data;

public sealed class CorpusReaderTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void DocumentsComeInOrdinalOrderOfTheirFiles()
    {
        _folder.Write("b.jsonl", """{"text":"3"}""");
        _folder.Write("B.jsonl", """{"text":"1"}""");
        _folder.Write("a/z.jsonl", "{\"text\":\"2\"}\r\n\n  \n{\"text\":\"2b\"}\n");
        _folder.Write("labels.json", "{}");

        Read().Select(d => d.Text).ShouldBe(["1", "2", "2b", "3"]);
    }

    [Fact]
    public void SourceAndLabelAreOptional()
    {
        _folder.Write("a/b.jsonl", """
            {"text":"x","source":"book","label":"math","other":{"deep":[1]}}
            {"text":"y","source":null,"label":""}
            """);

        var documents = Read();

        (documents[0].Source, documents[0].Label).ShouldBe(("book", "math"));
        (documents[1].Source, documents[1].Label).ShouldBe(("a/b.jsonl:2", null));
        documents[1].Line.ShouldBe(2);
    }

    [Fact]
    public void AByteOrderMarkIsPassedOver()
    {
        _folder.Write("a.jsonl", [0xEF, 0xBB, 0xBF, .. "{\"text\":\"x\"}"u8]);
        Read().Single().Text.ShouldBe("x");
    }

    [Theory]
    [InlineData("{\"text\":", "not JSON")]
    [InlineData("[1]", "no object")]
    [InlineData("{\"label\":\"x\"}", "no field 'text'")]
    [InlineData("{\"text\":null}", "'text' is null")]
    [InlineData("{\"text\":7}", "'text' is no string")]
    [InlineData("{\"text\":\" \\n\"}", "'text' is empty")]
    [InlineData("{\"text\":\"x\",\"label\":[]}", "'label' is no string")]
    [InlineData("{\"text\":\"x\",\"source\":1}", "'source' is no string")]
    [InlineData("{\"text\":\"\\ud800\"}", "surrogate")]
    public void ABadLineIsNamedByFileAndLine(string line, string words)
    {
        var path = _folder.Write("bad.jsonl", "{\"text\":\"good\"}\n\n" + line + "\n");

        var error = Should.Throw<InputException>(Read);

        (error.File, error.Line).ShouldBe((path, 3));
        error.Message.ShouldContain("bad.jsonl:3");
        error.Message.ShouldContain(words);
        error.Remedy.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5000)]
    public void BytesThatAreNotUtf8AreNamedByTheirPlace(int before)
    {
        byte[] start = [.. "{\"text\":\""u8, .. Encoding.UTF8.GetBytes(new string('é', before))];
        var path = _folder.Write("bad.jsonl", [.. "{\"text\":\"good\"}\n"u8, .. start, 0xC3, 0x28, .. "\"}"u8]);

        var error = Should.Throw<InputException>(Read);

        (error.File, error.Line).ShouldBe((path, 2));
        error.Message.ShouldContain($"not UTF-8 (byte {start.Length + 1} of it)");
    }

    [Fact]
    public void SkippingCountsByReasonAndKeepsTheGoodLines()
    {
        var lines = new StringBuilder("{\"text\":\"first\"}\n{oops\n");
        for (var i = 0; i < 12; i++)
            lines.Append("{\"text\":\"\"}\n");
        lines.Append("{\"text\":\"" + new string('x', 3000) + "\"}\n{\"text\":\"last\"}");
        _folder.Write("a.jsonl", lines.ToString());
        var reader = new CorpusReader([_folder.Path], new() { OnBadLine = OnBadLine.Skip, MaxLineBytes = 2000 });

        reader.Read(TestContext.Current.CancellationToken).Select(d => d.Text).ShouldBe(["first", "last"]);

        reader.LeftOut.ByReason.ShouldBe(new Dictionary<string, long> { ["empty"] = 12, ["not_json"] = 1, ["too_long"] = 1 });
        reader.LeftOut.Total.ShouldBe(14);
        reader.Records.ShouldBe(16);
        reader.LeftOut.Examples.Count.ShouldBe(1 + 5 + 1);
        reader.LeftOut.Examples[0].ShouldBe(new("a.jsonl", 2, "not_json", "the line is not JSON (byte 2 of it)."));
    }

    [Theory]
    [InlineData(1023, false)]
    [InlineData(1024, false)]
    [InlineData(1025, true)]
    [InlineData(300_000, true)]
    public void ALineOverTheLimitIsAnErrorAndNotALotOfMemory(int length, bool tooLong)
    {
        var frame = "{\"text\":\"\"}".Length;
        _folder.Write("a.jsonl", "{\"text\":\"" + new string('x', length - frame) + "\"}\n{\"text\":\"y\"}\n");
        var reader = new CorpusReader([_folder.Path], new() { MaxLineBytes = 1024 });
        var read = () => reader.Read().ToList();

        if (tooLong)
            Should.Throw<InputException>(read).Message.ShouldContain("longer than 1024 bytes");
        else
            read().Count.ShouldBe(2);
    }

    [Fact]
    public void LinesOfEveryLengthAroundTheBufferSurvive()
    {
        var texts = Enumerable.Range(0, 200).Select(i => new string((char)('a' + (i % 26)), 1 + (i * 997))).ToList();
        _folder.Write("a.jsonl", string.Concat(texts.Select(t => $"{{\"text\":\"{t}\"}}\n")));
        Read().Select(d => d.Text).ShouldBe(texts);
    }

    [Fact]
    public void AFolderWithoutJsonlAndAMissingPathAreRefused()
    {
        _folder.Write("labels.json", "{}");
        Should.Throw<InputException>(Read).Message.ShouldContain("holds no .jsonl");
        Should.Throw<UsageException>(() => new CorpusReader(["/nowhere/at-all"])).Message.ShouldContain("/nowhere/at-all");
    }

    private List<CorpusDocument> Read() => new CorpusReader([_folder.Path]).Read(TestContext.Current.CancellationToken).ToList();
}
