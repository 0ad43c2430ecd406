using System.ComponentModel;
using System.Diagnostics;

namespace ExpertDivergence.Torch;

/// <summary>A libtorch that could be built against.</summary>
/// <param name="IncludeFolder">The folder that holds <c>ATen/</c> and <c>torch/</c>.</param>
/// <param name="LibraryFolder">The folder that holds <c>libtorch.so</c>.</param>
/// <param name="Version">Its version by its headers, for example <c>1.13.1</c>.</param>
/// <param name="Why">Which rule chose it.</param>
public sealed record Libtorch(string IncludeFolder, string LibraryFolder, string Version, string Why);

/// <summary>Tells which libtorch a build here would take, by the build's own script (<c>src/Native/libtorch.sh</c>), which travels in this
/// assembly: the order and what counts stand there alone.</summary>
public static class LibtorchLocator
{
    /// <summary>What to type where there is no libtorch.</summary>
    public const string InstallRemedy =
        "Type: apt-get install -y --no-install-recommends libtorch-dev libgloo-dev libopenblas0-openmp, or set LIBTORCH to a libtorch folder.";

    /// <summary>Looks for libtorch; null where there is none, or no shell to look with.</summary>
    public static Libtorch? Find()
    {
        try
        {
            using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", Script()]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = shell.StandardError.ReadToEndAsync();
            var answer = shell.StandardOutput.ReadToEnd().Trim().Split('|');
            errors.Wait();
            return answer is [var include, var library, var version, var why] ? new Libtorch(include, library, version, why) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string Script()
    {
        using var reader = new StreamReader(typeof(LibtorchLocator).Assembly.GetManifestResourceStream("libtorch.sh")!);
        return reader.ReadToEnd();
    }
}
