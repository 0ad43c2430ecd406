using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ExpertDivergence.Stages.Graph;

/// <summary>What numbers depend on beside our own code: libtorch's version and the kind of processor.</summary>
/// <remarks>The same recipe, seed and machine type give the same bytes; another machine type is another key.</remarks>
public static class Toolchain
{
    /// <summary>The file beside the program into which its build writes which libtorch it took: include folder | library folder | version | why.</summary>
    public const string StampFile = "libtorch.stamp";

    private static readonly string[] s_choices = ["ATEN_CPU_CAPABILITY", "OPENBLAS_CORETYPE"];

    /// <summary>The toolchain's text, for example <c>libtorch 1.13.1, x64 avx512</c>.</summary>
    /// <param name="programFolder">The folder of the program that will run the stages.</param>
    public static string Of(string programFolder)
    {
        var stamp = Path.Combine(programFolder, StampFile);
        var libtorch = File.Exists(stamp) && File.ReadAllText(stamp).Split('|') is [_, _, var version, ..] ? version : "unknown";
        return string.Join(", ", (string[])[$"libtorch {libtorch}", Processor, .. s_choices.Select(Choice).OfType<string>()]);
    }

    // Set by a user or an administrator, these choose other kernels: the same results to rounding, other bytes.
    private static string? Choice(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? $"{variable}={value}" : null;

    private static string Processor => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()
        + (Avx512F.IsSupported ? " avx512" : Avx2.IsSupported ? " avx2" : "");
}
