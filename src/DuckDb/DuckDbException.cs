using ExpertDivergence.Core;

namespace ExpertDivergence.DuckDb;

/// <summary>libduckdb refused or failed; the message holds its own words.</summary>
public sealed class DuckDbException(string message, string remedy, Exception? inner = null) : EdlException(message, remedy, inner)
{
    internal static DuckDbException Of(string doing, string? words)
    {
        words = string.IsNullOrWhiteSpace(words) ? "no reason given" : words.Trim();
        var remedy = words.Contains("No space left", StringComparison.Ordinal) ? "Free space on that disk, then start again."
            : words.Contains("Out of Memory", StringComparison.Ordinal) ? "Raise the memory limit, or write smaller row groups."
            : "Correct the query or the file that it names.";
        return new DuckDbException($"DuckDB, {doing}: {words}", remedy);
    }
}
