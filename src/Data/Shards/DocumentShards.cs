using ExpertDivergence.Core;
using ExpertDivergence.DuckDb;

namespace ExpertDivergence.Data;

/// <summary>Labelled documents as Parquet: <c>documents-NNNNN.parquet</c>.</summary>
public static class DocumentShards
{
    private const string Prefix = "documents";

    private static readonly ParquetColumn[] s_columns =
    [
        new("doc_id", ColumnType.BigInt), new("source", ColumnType.Varchar), new("label", ColumnType.Varchar),
        new("domain3", ColumnType.Varchar), new("domain49", ColumnType.Varchar), new("confidence", ColumnType.Double),
        new("text", ColumnType.Varchar),
    ];

    /// <summary>Writes documents in their order; memory stays flat.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="documents">The documents, pulled as they are written.</param>
    /// <param name="shardSize">A file ends with the document that reaches this size: UTF-16 units of text, before compression.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <returns>The documents written; 0 leaves no file.</returns>
    public static long Write(string folder, IEnumerable<LabelledDocument> documents, long shardSize = 256 << 20,
        CancellationToken cancellation = default)
    {
        var schema = new ParquetSchema<LabelledDocument>()
            .BigInt("doc_id", d => d.DocumentId).Varchar("source", d => d.Source).Varchar("label", d => d.Label)
            .Varchar("domain3", d => d.Domain3).Varchar("domain49", d => d.Domain49).Double("confidence", d => d.Confidence)
            .Varchar("text", d => d.Text);
        return ShardFiles.Write(folder, Prefix, schema, documents, d => d.Text.Length, shardSize, new ParquetOptions(), cancellation);
    }

    /// <summary>The documents of a folder, in their order, read as they are asked for.</summary>
    /// <exception cref="InputException">There are no shards, one is missing, or one is damaged.</exception>
    public static IEnumerable<LabelledDocument> Read(string folder) => ShardFiles.Find(folder, Prefix, "Label").SelectMany(ReadFile);

    /// <summary>The number of documents of a folder.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static long Count(string folder) => ShardFiles.Find(folder, Prefix, "Label").Sum(ParquetFile.CountRows);

    private static IEnumerable<LabelledDocument> ReadFile(string path)
    {
        using var reader = ParquetFile.Read(path, s_columns);
        while (reader.NextChunk())
            for (var row = 0; row < reader.RowCount; row++)
                yield return new(reader.Column(0).Int64(row), reader.Column(1).Text(row) ?? "", reader.Column(2).Text(row),
                    reader.Column(3).Text(row)!, reader.Column(4).Text(row)!, reader.Column(5).Double(row), reader.Column(6).Text(row)!);
    }
}
