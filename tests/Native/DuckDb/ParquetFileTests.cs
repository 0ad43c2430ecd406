using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.DuckDb;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.DuckDb;

public sealed class ParquetFileTests : IDisposable
{
    private static readonly ParquetSchema<Row> s_schema = new ParquetSchema<Row>()
        .BigInt("id", r => r.Id).Double("score", r => r.Score).Varchar("text", r => r.Text).IntegerList("tokens", r => r.Tokens);

    private static readonly ParquetColumn[] s_columns =
    [
        new("id", ColumnType.BigInt), new("score", ColumnType.Double), new("text", ColumnType.Varchar), new("tokens", ColumnType.IntegerList),
    ];

    private static readonly Row[] s_odd =
    [
        new(1, 0.1, "", []),
        new(null, null, null, null),
        new(-9_000_000_000, -0.0, "twelve bytes", [int.MinValue, int.MaxValue]),
        new(4, 1e300, "thirteen byte", [0]),
        new(5, 5e-324, "行讯通 – naïve 😀 a\0b", Enumerable.Range(0, 5000).ToArray()),
    ];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnotherProgramReadsTheSameValues()
    {
        ParquetFile.Write(_folder["a.parquet"], s_schema, s_odd, new() { Metadata = new Dictionary<string, string> { ["it's"] = "ünï" } }, Cancel);

        var (rows, metadata) = IndependentReader.Read(_folder["a.parquet"]);

        rows.Select(Row.Of).ShouldBe(s_odd);
        metadata["it's"]!.GetValue<string>().ShouldBe("ünï");
    }

    [Theory]
    [InlineData(ParquetCompression.Zstd)]
    [InlineData(ParquetCompression.Snappy)]
    [InlineData(ParquetCompression.Uncompressed)]
    public void WhatIsWrittenIsReadBack(ParquetCompression compression)
    {
        ParquetFile.Write(_folder["a.parquet"], s_schema, s_odd, new() { Compression = compression }, Cancel).ShouldBe(s_odd.Length);
        Read(_folder["a.parquet"]).ShouldBe(s_odd);
        ParquetFile.CountRows(_folder["a.parquet"]).ShouldBe(s_odd.Length);
    }

    [Fact]
    public void ManyRowsKeepTheirOrderAndTheirBytes()
    {
        var rows = Enumerable.Range(0, 10_000).Select(i => new Row(i, i / 3.0, $"text {i}", Enumerable.Range(i, i % 50).ToArray())).ToList();
        ParquetFile.Write(_folder["a.parquet"], s_schema, rows, null, Cancel);
        ParquetFile.Write(_folder["b.parquet"], s_schema, rows, null, Cancel);

        Read(_folder["a.parquet"]).ShouldBe(rows);
        Hashing.OfFile(_folder["a.parquet"]).ShouldBe(Hashing.OfFile(_folder["b.parquet"]));
    }

    [Fact]
    public void TheRowsGoOnInTheNextFile()
    {
        using var rows = Enumerable.Range(0, 5).Select(i => new Row(i, 0, "", [])).GetEnumerator();
        ParquetFile.Write(_folder["a.parquet"], s_schema, rows, null, maxRows: 3, Cancel).ShouldBe(3);
        ParquetFile.Write(_folder["b.parquet"], s_schema, rows, null, maxRows: 3, Cancel).ShouldBe(2);
        Read(_folder["b.parquet"]).Select(r => r.Id).ShouldBe([3, 4]);
    }

    [Fact]
    public void AnErrorInTheRowsComesOutUnchangedAndLeavesNoFile()
    {
        static IEnumerable<Row> Rows()
        {
            yield return s_odd[0];
            throw new InputException("corpus.jsonl", 2, "it is bad.", "Mend it.");
        }

        Should.Throw<InputException>(() => ParquetFile.Write(_folder["a.parquet"], s_schema, Rows(), null, Cancel)).Line.ShouldBe(2);
        Directory.GetFiles(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void HalfASurrogatePairIsRefusedAndNotLost() =>
        Should.Throw<ArgumentException>(() => ParquetFile.Write(_folder["a.parquet"], s_schema, [new(1, 0, "\ud800", [])], null, Cancel));

    [Fact]
    public void CancellingEndsTheWriting()
    {
        using var cancellation = new CancellationTokenSource();
        IEnumerable<Row> Endless()
        {
            for (var i = 0L; ; i++)
            {
                if (i == 3000)
                    cancellation.Cancel();
                yield return new(i, 0, "", []);
            }
        }

        Should.Throw<OperationCanceledException>(() => ParquetFile.Write(_folder["a.parquet"], s_schema, Endless(), null, cancellation.Token));
        Directory.GetFiles(_folder.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.0)]
    public void ATruncatedFileIsAnError(double kept)
    {
        var path = _folder["a.parquet"];
        ParquetFile.Write(path, s_schema, s_odd, null, Cancel);
        using (var stream = File.OpenWrite(path))
            stream.SetLength((long)(stream.Length * kept));

        Should.Throw<InputException>(() => Read(path)).File.ShouldBe(path);
    }

    [Fact]
    public void AMissingFileOrColumnIsNamed()
    {
        ParquetFile.Write(_folder["a.parquet"], s_schema, s_odd, null, Cancel);
        Should.Throw<InputException>(() => ParquetFile.Read(_folder["a.parquet"], new ParquetColumn("label", ColumnType.Varchar))).Message.ShouldContain("label");
        Should.Throw<InputException>(() => Read(_folder["none.parquet"])).Message.ShouldContain("none.parquet");
    }

    [Fact]
    public void AFolderNamedLikeAWildcardIsJustAFolder()
    {
        Directory.CreateDirectory(_folder["a[1]*"]);
        var path = Path.Combine(_folder["a[1]*"], "o'x.parquet");
        ParquetFile.Write(path, s_schema, s_odd, null, Cancel);
        Read(path).ShouldBe(s_odd);
    }

    [Fact]
    public void ZeroRowsMakeAReadableFile()
    {
        ParquetFile.Write(_folder["a.parquet"], s_schema, [], null, Cancel);
        Read(_folder["a.parquet"]).ShouldBeEmpty();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static List<Row> Read(string path)
    {
        using var reader = ParquetFile.Read(path, s_columns);
        var rows = new List<Row>();
        while (reader.NextChunk())
        {
            for (var i = 0; i < reader.RowCount; i++)
            {
                rows.Add(new(
                    reader.Column(0).IsNull(i) ? null : reader.Column(0).Int64(i),
                    reader.Column(1).IsNull(i) ? null : reader.Column(1).Double(i),
                    reader.Column(2).Text(i),
                    reader.Column(3).IsNull(i) ? null : reader.Column(3).Integers(i).ToArray()));
            }
        }

        return rows;
    }

    private sealed record Row(long? Id, double? Score, string? Text, int[]? Tokens)
    {
        public static Row Of(JsonNode node) => new((long?)node["id"], (double?)node["score"], (string?)node["text"],
            node["tokens"]?.AsArray().Select(t => (int)t!).ToArray());

        public bool Equals(Row? other) => other is not null && Id == other.Id && Score == other.Score && Text == other.Text
            && (Tokens is null ? other.Tokens is null : other.Tokens is not null && Tokens.SequenceEqual(other.Tokens));

        public override int GetHashCode() => Id.GetHashCode();
    }
}
