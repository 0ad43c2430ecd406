using ExpertDivergence.Core;

namespace ExpertDivergence.DuckDb;

/// <summary>How a Parquet file is written.</summary>
public sealed record ParquetOptions
{
    /// <summary>Rows of a row group, which is held in memory while it is written. The library rounds up to whole chunks.</summary>
    public int RowGroupSize { get; init; } = 2048;

    /// <summary>A row group also ends, with a whole chunk of rows, when its values reach this size: long texts do not pile up.</summary>
    public int RowGroupMegabytes { get; init; } = 32;

    /// <summary>Compression of the pages.</summary>
    public ParquetCompression Compression { get; init; } = ParquetCompression.Zstd;

    /// <summary>Key-value pairs of the file's footer.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    internal string Sql()
    {
        if (RowGroupSize < 1)
            throw new OptionException("parquet.row_group_size", $"{RowGroupSize} is not a number of rows.", "Set it to 1 or more.");
        if (RowGroupMegabytes < 1)
            throw new OptionException("parquet.row_group_megabytes", $"{RowGroupMegabytes} is no size.", "Set it to 1 or more.");
        var metadata = string.Join(", ", Metadata.OrderBy(p => p.Key, StringComparer.Ordinal)
            .Select(p => $"{DuckDbConnection.Literal(p.Key)}: {DuckDbConnection.Literal(p.Value)}"));
        var codec = Compression.ToString().ToLowerInvariant();
        return FormattableString.Invariant($"FORMAT parquet, PARQUET_VERSION V2, COMPRESSION {codec}, ROW_GROUP_SIZE {RowGroupSize}, ROW_GROUP_SIZE_BYTES '{RowGroupMegabytes}MB'")
            + (metadata.Length == 0 ? "" : $", KV_METADATA {{{metadata}}}");
    }
}

/// <summary>Compression of a Parquet file's pages.</summary>
public enum ParquetCompression
{
    /// <summary>Zstandard: small and fast, the default.</summary>
    Zstd,

    /// <summary>Snappy: what the oldest readers know.</summary>
    Snappy,

    /// <summary>None.</summary>
    Uncompressed,
}
