using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.DuckDb;

/// <summary>What a database may use. The library's own defaults (every core, 80 % of the memory, a spill folder in the current
/// folder, extensions fetched over the network) are never taken.</summary>
public sealed record DuckDbOptions
{
    /// <summary>Threads of the database. One keeps the bytes of a written file the same on every machine.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Limit of the buffer manager in megabytes (10^6 bytes); a Parquet writer's row group comes on top of it.</summary>
    public int MemoryLimitMegabytes { get; init; } = 1000;

    /// <summary>Where sorts and joins larger than memory spill; empty: nowhere, they fail instead.</summary>
    public string TempDirectory { get; init; } = "";

    internal IEnumerable<(string Name, string Value)> Settings()
    {
        if (Threads < 1)
            throw new OptionException("duckdb.threads", $"{Threads} is not a number of threads.", "Set it to 1 or more.");
        if (MemoryLimitMegabytes < 50)
            throw new OptionException("duckdb.memory_limit_megabytes", $"{MemoryLimitMegabytes} is too little.", "Set it to 50 or more.");
        return
        [
            ("threads", Threads.ToString(CultureInfo.InvariantCulture)),
            ("memory_limit", string.Create(CultureInfo.InvariantCulture, $"{MemoryLimitMegabytes}MB")),
            ("temp_directory", TempDirectory),
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
        ];
    }
}
