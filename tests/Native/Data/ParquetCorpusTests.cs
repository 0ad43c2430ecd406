using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.DuckDb;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Data;

/// <summary>Parquet files of others as a corpus.</summary>
public sealed class ParquetCorpusTests : IDisposable
{
    private const string Rows = "(VALUES ('one', 'math', 'a'), ('二', NULL, NULL), ('three', '', 'c')) t(text, label, source)";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("COMPRESSION zstd, PARQUET_VERSION V2")]
    [InlineData("COMPRESSION snappy, PARQUET_VERSION V1")]
    [InlineData("COMPRESSION gzip")]
    [InlineData("COMPRESSION brotli")]
    [InlineData("COMPRESSION lz4_raw")]
    [InlineData("COMPRESSION uncompressed, ROW_GROUP_SIZE 2048")]
    public void EveryCodecIsRead(string options)
    {
        Write($"SELECT 7 AS id, * FROM {Rows}", options);
        Read().Select(d => (d.Line, d.Text, d.Label, d.Source)).ShouldBe(
            [(1L, "one", "math", "a"), (2L, "二", null, "a.parquet:2"), (3L, "three", null, "c")]);
    }

    [Fact]
    public void BytesAreATextWhereTheyAreUtf8()
    {
        Write("""SELECT unnest(['ok'::BLOB, '\xC3\x28'::BLOB, NULL, ''::BLOB]) AS text, 'math' AS label""");
        var reader = new CorpusReader([_folder.Path], new() { OnBadLine = OnBadLine.Skip });
        reader.Read(Cancel).Select(d => d.Text).ShouldBe(["ok"]);
        reader.LeftOut.Examples.Select(e => (e.Line, e.Reason)).ShouldBe([(2L, "not_utf8"), (3L, "null_text"), (4L, "empty")]);
    }

    [Fact]
    public void LabelsThatAreNumbersAreTakenAsText()
    {
        Write("SELECT 'x' AS content, 3::UTINYINT AS class");
        new CorpusReader([_folder.Path], new() { Fields = new("content", "url", "class") }).Read(Cancel).Single().Label.ShouldBe("3");
    }

    [Fact]
    public void ManyRowsKeepTheirOrderAndTheirNumbers()
    {
        Write("SELECT 'document ' || i AS text FROM range(10000) t(i)", "ROW_GROUP_SIZE 2048");
        Read().Select(d => (d.Line, d.Text)).ShouldBe(Enumerable.Range(0, 10_000).Select(i => (i + 1L, $"document {i}")));
    }

    [Theory]
    [InlineData("SELECT 'x' AS body", "no column 'text'")]
    [InlineData("SELECT ['x'] AS text", "holds no text")]
    [InlineData("SELECT NULL::VARCHAR AS text", "a.parquet:1: the field 'text' is null")]
    public void AFileThatCannotServeIsNamed(string sql, string words)
    {
        Write(sql);
        Should.Throw<InputException>(Read).Message.ShouldContain(words);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void ACutFileIsNamed(double share)
    {
        Write($"SELECT * FROM {Rows}");
        var bytes = File.ReadAllBytes(_folder["a.parquet"]);
        File.WriteAllBytes(_folder["a.parquet"], bytes[..(int)(bytes.Length * share)]);
        Should.Throw<InputException>(Read).File.ShouldEndWith("a.parquet");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private List<CorpusDocument> Read() => new CorpusReader([_folder.Path]).Read(Cancel).ToList();

    private void Write(string sql, string options = "COMPRESSION zstd")
    {
        using var connection = new DuckDbConnection();
        connection.Execute($"COPY ({sql}) TO {DuckDbConnection.Literal(_folder["a.parquet"])} (FORMAT parquet, {options})");
    }
}
