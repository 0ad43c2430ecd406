using System.IO.Compression;
using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data;

/// <summary>Files that are not plain JSONL: compressed ones, CSV, texts, standard input, patterns.</summary>
public sealed class CorpusFormatTests : IDisposable
{
    // « {"text":"one","label":"math"} » and « {"text":"二"} », a frame each, as the program zstd writes them.
    private static readonly byte[] s_zstd = Convert.FromBase64String("KLUv/SAe8QAAeyJ0ZXh0Ijoib25lIiwibGFiZWwiOiJtYXRoIn0KKLUv/SAPeQAAeyJ0ZXh0Ijoi5LqMIn0K");

    private static readonly byte[] s_lines = Encoding.UTF8.GetBytes("{\"text\":\"one\",\"label\":\"math\"}\n{\"text\":\"二\"}\n");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void GzipAndZstandardAreReadAsWhatTheyHold()
    {
        _folder.Write("a.jsonl.gz", Gzip(s_lines));
        _folder.Write("b.jsonl.zst", s_zstd);
        Texts().ShouldBe(["one", "二", "one", "二"]);
    }

    [Fact]
    public void WithoutLibzstdTheErrorSaysWhatToInstall() =>
        Should.Throw<PrerequisiteException>(() => ZstdLibrary.Load("libno-such-library.so")).Remedy.ShouldContain("libzstd1");

    [Fact]
    public void SeveralGzipMembersAreOneFile()
    {
        _folder.Write("a.jsonl.gz", [.. Gzip(s_lines), .. Gzip(s_lines)]);
        Texts().Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("a.jsonl.gz", 0)]
    [InlineData("a.jsonl.gz", 3)]
    [InlineData("a.jsonl.gz", 20)]
    [InlineData("a.jsonl.gz", -9)]
    [InlineData("a.jsonl.gz", -1)]
    [InlineData("a.jsonl.zst", 3)]
    [InlineData("a.jsonl.zst", 12)]
    [InlineData("a.jsonl.zst", -1)]
    public void ACutFileIsAnErrorThatNamesIt(string name, int length)
    {
        var whole = name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip(s_lines) : s_zstd;
        var path = _folder.Write(name, length >= 0 ? whole[..length] : whole[..^-length]);
        Should.Throw<InputException>(() => Texts()).File.ShouldBe(path);
    }

    [Theory]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.jsonl.zst")]
    public void AFileOfAnotherKindIsAnErrorThatNamesIt(string name)
    {
        var path = _folder.Write(name, s_lines);
        Should.Throw<InputException>(() => Texts()).File.ShouldBe(path);
    }

    [Fact]
    public void AChangedByteOfAGzipIsNoticed()
    {
        var bytes = Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"{{\"text\":\"document {i * 7919}\"}}\n"))));
        bytes[^6] ^= 1; // of the checksum
        var path = _folder.Write("a.jsonl.gz", bytes);
        Should.Throw<InputException>(() => Texts()).File.ShouldBe(path);
    }

    [Fact]
    public void CsvHasColumnsByNameAndFieldsWithQuotesAndLineBreaks()
    {
        _folder.Write("a.csv", "id,label,text\r\n1,math,\"two\nlines, \"\"quoted\"\"\"\r\n2,,二\r\n");
        _folder.Write("b.tsv", "text\tsource\nx, y\tbook\n");
        Read().Select(d => (d.Line, d.Text, d.Label, d.Source)).ShouldBe(
            [(2L, "two\nlines, \"quoted\"", "math", "a.csv:2"), (4L, "二", null, "a.csv:4"), (2L, "x, y", null, "book")]);
    }

    [Theory]
    [InlineData("label\nx\n", 1, "no column 'text'")]
    [InlineData("", 1, "no column 'text'")]
    [InlineData("text\n\"never closed\nand on\n", 2, "never closed")]
    [InlineData("text,label\n\"a\"b,c\n", 2, "closing quote")]
    [InlineData("label,text\nx\n", 2, "1 fields")]
    [InlineData("label,text\nx,\n", 2, "is empty")]
    public void ABadCsvIsNamedByFileAndLine(string csv, int line, string words)
    {
        var path = _folder.Write("a.csv", csv);
        var error = Should.Throw<InputException>(() => Texts());
        (error.File, error.Line).ShouldBe((path, line));
        error.Message.ShouldContain(words);
    }

    [Fact]
    public void BadRecordsOfACsvAreLeftOutByLine()
    {
        _folder.Write("a.csv", [.. "text,label\ngood,x\n\"a\"b,c\n,y\nbad "u8, 0xC3, 0x28, .. ",z\nlast,y\n"u8]);
        var reader = new CorpusReader([_folder.Path], new() { OnBadLine = OnBadLine.Skip });
        reader.Read(Cancel).Select(d => d.Text).ShouldBe(["good", "last"]);
        reader.LeftOut.Examples.Select(e => (e.Line, e.Reason)).ShouldBe([(3L, "not_csv"), (4L, "empty"), (5L, "not_utf8")], ignoreOrder: true);
        reader.Records.ShouldBe(5);
    }

    [Fact]
    public void AnUnclosedQuoteIsNeverSkippedForItSwallowsTheRest()
    {
        _folder.Write("a.csv", "text\ngood\n\"open\nlost\n");
        var reader = new CorpusReader([_folder.Path], new() { OnBadLine = OnBadLine.Skip });
        Should.Throw<InputException>(() => reader.Read(Cancel).ToList()).Line.ShouldBe(3);
    }

    [Fact]
    public void ATextIsADocumentWithItsFolderAsLabel()
    {
        _folder.Write("Games/go.txt", "stones\n");
        _folder.Write("math/deep/sum.md", [0xEF, 0xBB, 0xBF, .. "# 1 + 1"u8]);
        Read().Select(d => (d.Text, d.Label, d.Source)).ShouldBe([("stones\n", "Games", "Games/go.txt"), ("# 1 + 1", "deep", "math/deep/sum.md")]);
    }

    [Fact]
    public void ATextThatIsEmptyLongOrNotUtf8IsLeftOut()
    {
        _folder.Write("a.txt", " \n");
        _folder.Write("b.txt", new string('x', 2000));
        _folder.Write("c.txt", [0xFF]);
        _folder.Write("d.txt", "good");
        var reader = new CorpusReader([_folder.Path], new() { OnBadLine = OnBadLine.Skip, MaxLineBytes = 1024 });
        reader.Read(Cancel).Count().ShouldBe(1);
        reader.LeftOut.ByReason.Keys.ShouldBe(["empty", "not_utf8", "too_long"]);
    }

    [Fact]
    public void TheReadmeBesideTablesIsNoDocument()
    {
        _folder.Write("README.md", "about");
        _folder.Write("a.jsonl", s_lines);
        Texts().ShouldBe(["one", "二"]);
    }

    [Theory]
    [InlineData("*.jsonl", "1")]
    [InlineData("**/*.jsonl", "1,2,3")]
    [InlineData("sub*/?.jsonl", "2")]
    [InlineData("sub/**", "2,3")]
    public void PatternsNameFiles(string pattern, string texts)
    {
        _folder.Write("a.jsonl", """{"text":"1"}""");
        _folder.Write("sub/a.jsonl", """{"text":"2"}""");
        _folder.Write("sub/deep/c.jsonl", """{"text":"3"}""");
        new CorpusReader([Path.Combine(_folder.Path, pattern)]).Read(Cancel).Select(d => d.Text).ShouldBe(texts.Split(','));
    }

    [Fact]
    public void StandardInputIsJsonl()
    {
        var reader = new CorpusReader(["-"], new() { StandardInput = new MemoryStream(s_lines) });
        reader.Read(Cancel).Select(d => (d.Text, d.Source)).ShouldBe([("one", "stdin:1"), ("二", "stdin:2")]);
    }

    [Fact]
    public void FieldsHaveTheNamesGiven()
    {
        _folder.Write("a.jsonl", """{"content":"x","domain":"math","url":"u","text":7}""");
        _folder.Write("b.csv", "content,domain,url\ny,zh,v\n");
        var reader = new CorpusReader([_folder.Path], new() { Fields = new("content", "url", "domain") });
        reader.Read(Cancel).Select(d => (d.Text, d.Source, d.Label)).ShouldBe([("x", "u", "math"), ("y", "v", "zh")]);
    }

    [Fact]
    public void AnUnknownEndingIsRefused() =>
        Should.Throw<InputException>(() => new CorpusReader([_folder.Write("a.docx", "x")])).Message.ShouldContain("no format");

    private static byte[] Gzip(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return memory.ToArray();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private List<CorpusDocument> Read() => new CorpusReader([_folder.Path]).Read(Cancel).ToList();

    private List<string> Texts() => Read().ConvertAll(d => d.Text);
}
