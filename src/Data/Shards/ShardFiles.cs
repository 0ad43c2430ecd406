using ExpertDivergence.Core;
using ExpertDivergence.DuckDb;

namespace ExpertDivergence.Data;

/// <summary>Numbered Parquet files of one folder: <c>PREFIX-00000.parquet</c>, <c>PREFIX-00001.parquet</c>, …</summary>
internal static class ShardFiles
{
    public static long Write<T>(string folder, string prefix, ParquetSchema<T> schema, IEnumerable<T> rows, Func<T, long> size, long shardSize,
        ParquetOptions options, CancellationToken cancellation)
    {
        if (shardSize < 1)
            throw new OptionException($"{prefix}.shard_size", FormattableString.Invariant($"{shardSize} is no size."), "Set it to 1 or more.");
        using var source = new Lookahead<T>(rows.GetEnumerator());
        var written = 0L;
        for (var shard = 0; source.HasNext; shard++)
            written += ParquetFile.Write(PathOf(folder, prefix, shard), schema, new SizedRun<T>(source, size, shardSize), options, long.MaxValue, cancellation);
        return written;
    }

    public static IReadOnlyList<string> Find(string folder, string prefix, string stage)
    {
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, $"{prefix}-*.parquet") : [];
        if (files.Length == 0)
            throw new InputException(folder, null, $"the folder holds no {prefix}-*.parquet.", $"Name a folder that the stage {stage} wrote.");
        var expected = Enumerable.Range(0, files.Length).Select(i => PathOf(folder, prefix, i)).ToList();
        return expected.Find(f => !File.Exists(f)) is { } missing
            ? throw new InputException(missing, null, "this shard is missing among the others.", $"Run the stage {stage} again.")
            : expected;
    }

    private static string PathOf(string folder, string prefix, int shard) =>
        Path.Combine(folder, FormattableString.Invariant($"{prefix}-{shard:D5}.parquet"));
}
