using System.CommandLine;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl bench</c>: how fast the parts are on this machine.</summary>
internal static class BenchVerb
{
    public static Command Create() => new("bench", "Measure how fast a part is on this machine.")
    {
        BenchParquetVerb.Create(),
    };
}
