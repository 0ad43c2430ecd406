using System.Runtime.InteropServices;

namespace ExpertDivergence.Pipeline.Benchmarks;

/// <summary>What figures were measured on.</summary>
internal static class BenchMachine
{
    public static string Describe()
    {
        const string Processors = "/proc/cpuinfo";
        var model = File.Exists(Processors)
            ? File.ReadLines(Processors).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}{Load()}";
    }

    // Others at work on the machine make every figure smaller, so it is told.
    private static string Load() => File.Exists("/proc/loadavg") ? $", load {File.ReadAllText("/proc/loadavg").Split(' ')[0]} at the start" : "";
}
