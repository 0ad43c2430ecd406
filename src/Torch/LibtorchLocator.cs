using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace ExpertDivergence.Torch;

/// <summary>A libtorch that could be built against.</summary>
/// <param name="IncludeFolder">The folder that holds <c>ATen/</c> and <c>torch/</c>.</param>
/// <param name="LibraryFolder">The folder that holds <c>libtorch.so</c>.</param>
/// <param name="Version">Its version by its headers, for example <c>1.13.1</c>.</param>
/// <param name="Why">Which rule chose it.</param>
public sealed record Libtorch(string IncludeFolder, string LibraryFolder, string Version, string Why);

/// <summary>The outcome of a search: the one chosen, or null; and a line for every candidate that did not count.</summary>
public sealed record LibtorchSearch(Libtorch? Chosen, IReadOnlyList<string> Rejected);

/// <summary>Tells which libtorch a build here would take, by the same order as the build itself (<c>src/Native/libtorch.sh</c>):
/// the variable LIBTORCH, the system's, Python's. A candidate counts only with headers and CMake files.</summary>
public static partial class LibtorchLocator
{
    /// <summary>What to type where there is no libtorch.</summary>
    public const string InstallRemedy =
        "Type: apt-get install -y --no-install-recommends libtorch-dev libgloo-dev libopenblas0-openmp, or set LIBTORCH to a libtorch folder.";

    /// <summary>Looks for libtorch.</summary>
    public static LibtorchSearch Find()
    {
        var rejected = new List<string>();
        if (Environment.GetEnvironmentVariable("LIBTORCH") is { Length: > 0 } named)
        {
            // A wrong LIBTORCH is an error to correct, not a reason to take another one silently.
            return new(InPrefix(named, "LIBTORCH names it", rejected), rejected);
        }
        var triplet = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        var chosen = Check($"/usr/lib/{triplet}/cmake", "/usr/include", $"/usr/lib/{triplet}", "the system's", rejected)
                     ?? InPrefix("/usr/local", "the system's", rejected)
                     ?? (PythonPackage() is { } package ? InPrefix(package, "Python's torch package", rejected) : null);
        return new(chosen, rejected);
    }

    private static Libtorch? InPrefix(string prefix, string why, List<string> rejected) =>
        Check(Path.Combine(prefix, "share/cmake"), Path.Combine(prefix, "include"), Path.Combine(prefix, "lib"), why, rejected);

    private static Libtorch? Check(string cmake, string include, string lib, string why, List<string> rejected)
    {
        var header = Path.Combine(include, "torch/csrc/api/include/torch/version.h");
        foreach (var needed in (string[])[Path.Combine(lib, "libtorch.so"), header, Path.Combine(cmake, "Torch/TorchConfig.cmake")])
        {
            if (File.Exists(needed)) continue;
            rejected.Add($"{lib} ({why}): {needed} is missing");
            return null;
        }
        return new(include, lib, VersionOf(header, Path.Combine(include, "torch/headeronly/version.h")), why);
    }

    // Newer releases moved the numbers to a second header that the first one includes.
    private static string VersionOf(params string[] headers) => string.Join('.', headers.Where(File.Exists)
        .SelectMany(header => VersionNumber().Matches(File.ReadAllText(header))).Select(match => match.Groups[1].Value).Take(3));

    private static string? PythonPackage()
    {
        const string question = "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')";
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", question]) { RedirectStandardOutput = true, RedirectStandardError = true });
            var answer = python?.StandardOutput.ReadToEnd().Trim();
            return string.IsNullOrEmpty(answer) ? null : answer;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no Python, so none of its packages
        }
    }

    [GeneratedRegex(@"^#define TORCH_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionNumber();
}
