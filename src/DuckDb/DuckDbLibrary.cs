using System.Reflection;
using System.Runtime.InteropServices;
using ExpertDivergence.Core;
using ExpertDivergence.DuckDb.Interop;

namespace ExpertDivergence.DuckDb;

/// <summary>Finds and loads libduckdb: the variable <c>EDL_DUCKDB</c>, then beside the program, then the npm package of this
/// platform in <c>node_modules</c> of a folder above the program or above the current folder.</summary>
public static class DuckDbLibrary
{
    private static readonly Lazy<nint> s_handle = new(() => NativeLibrary.Load(Locate()));

    /// <summary>The npm package that holds the library for this platform.</summary>
    public static string PackageName => $"@duckdb/node-bindings-{Platform}";

    /// <summary>The library's file name on this platform.</summary>
    public static string FileName =>
        OperatingSystem.IsWindows() ? "duckdb.dll" : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so";

    /// <summary>The version of the library that is loaded, for example <c>v1.5.5</c>.</summary>
    /// <exception cref="PrerequisiteException">There is no library, or it does not load.</exception>
    public static unsafe string Version => NativeText.Read(NativeMethods.LibraryVersion()) ?? "unknown";

    /// <summary>The path of the library that would be loaded.</summary>
    /// <exception cref="PrerequisiteException">There is none.</exception>
    public static string Locate() => Locate(Environment.GetEnvironmentVariable("EDL_DUCKDB"),
        AppContext.BaseDirectory, Environment.CurrentDirectory);

    internal static string Locate(string? variable, params ReadOnlySpan<string> roots)
    {
        if (!string.IsNullOrEmpty(variable))
        {
            var named = Directory.Exists(variable) ? Path.Combine(variable, FileName) : variable;
            return File.Exists(named) ? Path.GetFullPath(named) : throw new PrerequisiteException(
                $"EDL_DUCKDB names '{variable}', where there is no {FileName}.", "Correct the variable, or unset it and run 'npm ci' in the repository.");
        }

        if (File.Exists(Path.Combine(AppContext.BaseDirectory, FileName)))
            return Path.Combine(AppContext.BaseDirectory, FileName);
        foreach (var root in roots)
            for (var folder = root; folder is not null; folder = Path.GetDirectoryName(folder))
                if (Path.Combine(folder, "node_modules", PackageName, FileName) is var candidate && File.Exists(candidate))
                    return candidate;
        throw new PrerequisiteException(
            $"{FileName} is missing: it is neither beside the program nor in node_modules/{PackageName} of any folder above.",
            "Run 'npm ci' in the repository, or set EDL_DUCKDB to the library's path.");
    }

    internal static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != NativeMethods.Library)
            return 0;
        try
        {
            return s_handle.Value;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new PrerequisiteException($"{Locate()} does not load: {e.Message}",
                "Run 'npm ci' in the repository again, on the machine that runs the program.", e);
        }
    }

    private static string Platform
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
            var musl = RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "-musl" : "";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}{musl}";
        }
    }
}
