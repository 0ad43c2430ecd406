using System.CommandLine;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl bench</c>: the speed of single steps on this machine. One sub-verb a step, one file a sub-verb.</summary>
internal static class BenchVerb
{
    public static Command Create() => new("bench", "Measure the speed of a step on this machine.")
    {
        BenchDeviceVerb.Create(),
        BenchLabelVerb.Create(),
        BenchLossVerb.Create(),
        BenchParquetVerb.Create(),
        BenchTokenizeVerb.Create(),
        BenchTrainVerb.Create(),
    };
}
