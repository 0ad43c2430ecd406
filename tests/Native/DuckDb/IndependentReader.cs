using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ExpertDivergence.Tests.Native.DuckDb;

/// <summary>hyparquet, run by node: what another program reads in our files.</summary>
internal static class IndependentReader
{
    public static (List<JsonNode> Rows, JsonNode Metadata) Read(string path)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Repository(), "tests/Native/DuckDb/read-parquet.mjs"), path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository(),
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(error.Result);
        return (lines[..^1], lines[^1]);
    }

    private static string Repository()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "package.json")))
                return folder;
        throw new DirectoryNotFoundException("no package.json above the tests");
    }
}
