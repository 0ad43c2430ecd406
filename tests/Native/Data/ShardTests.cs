using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.DuckDb;
using ExpertDivergence.Tests.Native.DuckDb;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Data;

public sealed class ShardTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<LabelledDocument> Documents(int count) => Enumerable.Range(0, count).Select(i => new LabelledDocument(
        i, $"源{i}", i % 2 == 0 ? null : "zh/诗", "zh", "zh/Literature", 0.5 + (i / 100.0), new string('诗', i)));

    [Fact]
    public void DocumentsAreCutIntoShardsAndComeBackInOrder()
    {
        DocumentShards.Write(_folder.Path, Documents(10), shardSize: 10, Cancel).ShouldBe(10);
        // Texts of 0 to 9 characters: a shard ends with the document that makes it 10 or more.
        Directory.GetFiles(_folder.Path).Order().Select(f => ParquetFile.CountRows(f)).ShouldBe([5L, 2L, 2L, 1L]);
        DocumentShards.Read(_folder.Path).ShouldBe(Documents(10));
        DocumentShards.Count(_folder.Path).ShouldBe(10);
    }

    [Fact]
    public void AnotherProgramReadsTheColumnsOfTheContract()
    {
        DocumentShards.Write(_folder.Path, Documents(2), cancellation: Cancel);
        TokenShards.Write(_folder.Path, [new(3, "s", "math", "math", 1, [5, 6]), new(4, "s", "en", "en/Games", 1, [])], new("bpe-4096", "ab"), cancellation: Cancel);

        var documents = IndependentReader.Read(_folder["documents-00000.parquet"]).Rows;
        documents[1].ToJsonString(JsonFormat.Compact).ShouldBe(
            """{"doc_id":1,"source":"源1","label":"zh/诗","domain3":"zh","domain49":"zh/Literature","confidence":0.51,"text":"诗"}""");
        documents[0]["label"].ShouldBeNull();
        var (tokens, metadata) = IndependentReader.Read(_folder["tokens-00000.parquet"]);
        tokens.Select(t => t.ToJsonString(JsonFormat.Compact)).ShouldBe(
        [
            """{"doc_id":3,"source":"s","domain3":"math","domain49":"math","confidence":1,"tokens":[5,6]}""",
            """{"doc_id":4,"source":"s","domain3":"en","domain49":"en/Games","confidence":1,"tokens":[]}""",
        ]);
        metadata["tokenizer.name"]!.GetValue<string>().ShouldBe("bpe-4096");
        TokenShards.ReadTokenizer(_folder.Path).ShouldBe(new TokenizerIdentity("bpe-4096", "ab"));
    }

    [Fact]
    public void AMissingShardIsNoticed()
    {
        DocumentShards.Write(_folder.Path, Documents(10), shardSize: 10, Cancel);
        File.Delete(_folder["documents-00001.parquet"]);
        Should.Throw<InputException>(() => DocumentShards.Read(_folder.Path).ToList()).File.ShouldEndWith("documents-00001.parquet");
    }

    [Fact]
    public void TheBytesOfAShardDoNotDependOnTheThreads()
    {
        DocumentShards.Write(_folder.Path, Documents(600), cancellation: Cancel);
        byte[] bytes(int threads)
        {
            var to = Directory.CreateDirectory(_folder[$"tokens-{threads}"]).FullName;
            new CorpusTokenizer(text => [.. text.Select(c => (int)c)], new("characters", "00"), threads).Run(_folder.Path, to, SilentProgress.Instance, Cancel);
            return File.ReadAllBytes(Path.Combine(to, "tokens-00000.parquet"));
        }

        bytes(4).ShouldBe(bytes(1));
    }

    [Fact]
    public void LongTextsEndTheirRowGroupAndKeepTheirOrder()
    {
        var documents = Documents(100).Select(d => d with { Text = new string((char)('a' + (d.DocumentId % 26)), 1_000_000) }).ToList();
        DocumentShards.Write(_folder.Path, documents, cancellation: Cancel);
        DocumentShards.Read(_folder.Path).Select(d => (d.DocumentId, d.Text[0])).ShouldBe(documents.Select(d => (d.DocumentId, d.Text[0])));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void TokenizingKeepsOrderAndCountsByDomain(int threads)
    {
        Directory.CreateDirectory(_folder["tokens"]);
        DocumentShards.Write(_folder.Path, Documents(600), cancellation: Cancel);
        var tokenizer = new CorpusTokenizer(text => [.. text.Select(c => (int)c)], new("characters", "00"), threads);

        var report = tokenizer.Run(_folder.Path, _folder["tokens"], SilentProgress.Instance, Cancel);

        TokenShards.Read(_folder["tokens"]).Select(d => (d.DocumentId, d.Tokens.Length)).ShouldBe(Enumerable.Range(0, 600).Select(i => ((long)i, i)));
        report.Total.ShouldBe(new DomainTally { Documents = 600, Tokens = 600 * 599 / 2, Bytes = 3 * 600 * 599 / 2 });
        report.Domain49["zh/Literature"].ShouldBe(report.Total);
        File.ReadAllText(_folder["tokens/report.json"]).ShouldContain("\"domain49\"");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
