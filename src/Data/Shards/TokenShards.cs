using ExpertDivergence.Core;
using ExpertDivergence.DuckDb;

namespace ExpertDivergence.Data;

/// <summary>The tokenizer that made the tokens of a shard, as its footer says.</summary>
/// <param name="Name">The tokenizer's name.</param>
/// <param name="Sha256">The hash of its <c>tokenizer.json</c>.</param>
public sealed record TokenizerIdentity(string Name, string Sha256);

/// <summary>Where a tokenized document belongs, without its tokens.</summary>
/// <param name="DocumentId">The document.</param>
/// <param name="Domain3">Its coarse domain.</param>
/// <param name="Domain49">Its fine domain.</param>
public sealed record DocumentDomain(long DocumentId, string Domain3, string Domain49);

/// <summary>Tokenized documents as Parquet: <c>tokens-NNNNN.parquet</c>.</summary>
public static class TokenShards
{
    private const string Prefix = "tokens";
    private const string NameKey = "tokenizer.name";
    private const string HashKey = "tokenizer.sha256";

    private static readonly ParquetColumn[] s_columns =
    [
        new("doc_id", ColumnType.BigInt), new("source", ColumnType.Varchar), new("domain3", ColumnType.Varchar),
        new("domain49", ColumnType.Varchar), new("confidence", ColumnType.Double), new("tokens", ColumnType.IntegerList),
    ];

    /// <summary>Writes documents in their order; memory stays flat.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="documents">The documents, pulled as they are written.</param>
    /// <param name="tokenizer">What made the tokens; goes into every footer.</param>
    /// <param name="shardSize">A file ends with the document that reaches this size: tokens, of 4 bytes before compression.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <returns>The documents written; 0 leaves no file.</returns>
    public static long Write(string folder, IEnumerable<TokenizedDocument> documents, TokenizerIdentity tokenizer,
        long shardSize = 64 << 20, CancellationToken cancellation = default)
    {
        var schema = new ParquetSchema<TokenizedDocument>()
            .BigInt("doc_id", d => d.DocumentId).Varchar("source", d => d.Source)
            .Varchar("domain3", d => d.Domain3).Varchar("domain49", d => d.Domain49).Double("confidence", d => d.Confidence)
            .IntegerList("tokens", d => d.Tokens);
        var options = new ParquetOptions
        {
            Metadata = new Dictionary<string, string> { [NameKey] = tokenizer.Name, [HashKey] = tokenizer.Sha256 },
        };
        return ShardFiles.Write(folder, Prefix, schema, documents, d => d.Tokens.Length, shardSize, options, cancellation);
    }

    /// <summary>The documents of a folder, in their order, read as they are asked for.</summary>
    /// <exception cref="InputException">There are no shards, one is missing, or one is damaged.</exception>
    public static IEnumerable<TokenizedDocument> Read(string folder) => Files(folder).SelectMany(ReadFile);

    /// <summary>The documents' ids and domains alone: the tokens are not decoded.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static IEnumerable<DocumentDomain> ReadDomains(string folder) => Files(folder).SelectMany(ReadDomainsOf);

    /// <summary>The tokenizer that every shard of the folder names.</summary>
    /// <exception cref="InputException">The shards name different ones, or none.</exception>
    public static TokenizerIdentity ReadTokenizer(string folder)
    {
        TokenizerIdentity? first = null;
        foreach (var file in Files(folder))
        {
            var metadata = ParquetFile.ReadMetadata(file);
            if (!metadata.TryGetValue(NameKey, out var name) || !metadata.TryGetValue(HashKey, out var hash))
                throw new InputException(file, null, "its footer names no tokenizer.", "Run the stage Tokenize again.");
            var found = new TokenizerIdentity(name, hash);
            if (found != (first ??= found))
                throw new InputException(file, null, $"it was made with the tokenizer {found.Name}, the shards before it with {first.Name}.",
                    "Run the stage Tokenize again.");
        }

        return first!;
    }

    private static IReadOnlyList<string> Files(string folder) => ShardFiles.Find(folder, Prefix, "Tokenize");

    private static IEnumerable<TokenizedDocument> ReadFile(string path)
    {
        using var reader = ParquetFile.Read(path, s_columns);
        while (reader.NextChunk())
            for (var row = 0; row < reader.RowCount; row++)
                yield return new(reader.Column(0).Int64(row), reader.Column(1).Text(row) ?? "", reader.Column(2).Text(row)!,
                    reader.Column(3).Text(row)!, reader.Column(4).Double(row), reader.Column(5).Integers(row).ToArray());
    }

    private static IEnumerable<DocumentDomain> ReadDomainsOf(string path)
    {
        using var reader = ParquetFile.Read(path, [s_columns[0], s_columns[2], s_columns[3]]);
        while (reader.NextChunk())
            for (var row = 0; row < reader.RowCount; row++)
                yield return new(reader.Column(0).Int64(row), reader.Column(1).Text(row)!, reader.Column(2).Text(row)!);
    }
}
