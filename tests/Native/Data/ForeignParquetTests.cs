using ExpertDivergence.Core;
using ExpertDivergence.Data;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Data;

/// <summary>Parquet files of other writers than DuckDB; <c>Foreign/make.mjs</c> made them and says what is in them.</summary>
public sealed class ForeignParquetTests
{
    private const int Rows = 40;
    private const string OldLz4 = "rust-lz4-dictionary-v1.parquet";

    public static TheoryData<string> Files() => [.. Directory.GetFiles(Folder(), "*.parquet").Select(f => Path.GetFileName(f)!).Where(f => f != OldLz4).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryRowIsReadInItsPlaceOrCountedAsNull(string file)
    {
        var reader = new CorpusReader([Path.Combine(Folder(), file)], new() { OnBadLine = OnBadLine.Skip });
        var found = reader.Read(TestContext.Current.CancellationToken).Select(d => (d.Line, d.Text, d.Label, d.Source)).ToList();
        found.ShouldBe(Enumerable.Range(0, Rows).Where(i => i % 10 != 7).Select(i => (i + 1L, Text(i), Label(i), $"s{i % 2}")));
        reader.LeftOut.Examples.Select(e => (e.Line, e.Reason)).ShouldBe(Enumerable.Range(0, Rows).Where(i => i % 10 == 7).Select(i => (i + 1L, "null_text")));
    }

    [Fact]
    public void TheCodecThatTheFormatGaveUpIsRefusedByName() => Should.Throw<InputException>(() =>
        new CorpusReader([Path.Combine(Folder(), OldLz4)]).Read(TestContext.Current.CancellationToken).ToList()).Message.ShouldContain("codec \"LZ4\"");

    [Fact]
    public void AColumnOfListsIsNoText()
    {
        var path = Path.Combine(Folder(), "rust-snappy-dictionary-v1.parquet");
        var reader = new CorpusReader([path], new() { Fields = new("tags", "source", "label") });
        Should.Throw<InputException>(() => reader.Read(TestContext.Current.CancellationToken).ToList()).Message.ShouldContain("holds no text");
    }

    private static string Text(int i) => $"Document {i}: {string.Concat(Enumerable.Repeat("ab 水 π 😀 ", i % 5))}";

    private static string? Label(int i) => i % 4 == 3 ? null : ((string[])["en", "zh", "math"])[i % 3];

    private static string Folder()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "ExpertDivergence.slnx")))
            root = Path.GetDirectoryName(root) ?? throw new FileNotFoundException("the repository's root was not found");
        return Path.Combine(root, "tests", "Native", "Data", "Foreign");
    }
}
