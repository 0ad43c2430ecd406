using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace ExpertDivergence.Stages.Prerequisites;

/// <summary>Everything that a checkout needs of the machine, looked up now.</summary>
public static partial class PrerequisiteList
{
    /// <summary>The Debian packages that bring libtorch with a BLAS that shares its threads.</summary>
    public const string DebianPackages = "libtorch-dev libgloo-dev libopenblas0-openmp";

    /// <summary>Looks everything up.</summary>
    /// <param name="root">The root of the checkout.</param>
    public static IReadOnlyList<Prerequisite> Of(string root) =>
    [
        Tool("dotnet", ".NET SDK 10", "the whole project", "install the .NET 10 SDK (https://dot.net)"),
        Tool("g++", "C++ compiler", "src/Native", "apt-get install -y --no-install-recommends g++ make"),
        Tool("cmake", "CMake", "src/Native", "apt-get install -y --no-install-recommends cmake make"),
        Tool("git", "git", "version stamps", "apt-get install -y --no-install-recommends git"),
        Tool("node", "Node.js", "figures, an independent Parquet reader in tests", "apt-get install -y --no-install-recommends nodejs npm"),
        Tool("npm", "npm", "libduckdb, figures", "apt-get install -y --no-install-recommends npm"),
        Libtorch(root),
        Blas(),
        Npm(root, "libduckdb", "Parquet", DuckDbPlatform is { } platform ? $"node_modules/@duckdb/node-bindings-{platform}" : "node_modules/@duckdb"),
        Zstd(),
        Npm(root, "Vega", "figures", "node_modules/vega"),
        NativeLibrary(root),
    ];

    private static string? DuckDbPlatform
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    private static Prerequisite Tool(string program, string name, string why, string remedy)
    {
        var version = Probe.Run(program, "--version") is { } text ? Version().Match(text).Value : null;
        return new Prerequisite(name, why, version, Probe.Which(program), remedy, Installable: false);
    }

    private static Prerequisite Libtorch(string root)
    {
        var remedy = $"apt-get install -y --no-install-recommends {DebianPackages}";
        var found = Probe.Run("sh", Path.Combine(root, "src", "Native", "libtorch.sh"))?.Split('|');
        return found is [_, var library, var version, var why]
            ? new Prerequisite("libtorch", "tensors", version, $"{library} ({why})", remedy, Installable: true)
            : new Prerequisite("libtorch", "tensors", null, null, remedy, Installable: true);
    }

    // OpenBLAS built on its own threads fights libtorch's OpenMP threads: fp32 matrix products fall to a third.
    private static Prerequisite Blas()
    {
        var remedy = "apt-get install -y --no-install-recommends libopenblas0-openmp";
        var links = (string[])["libblas.so.3", "liblapack.so.3", "libopenblas.so.0"];
        var triplet = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        var targets = links.Select(l => (Link: l, File: new FileInfo($"/usr/lib/{triplet}/{l}"))).ToArray();
        if (targets.All(t => !t.File.Exists))
            return new Prerequisite("OpenBLAS (OpenMP)", "fast fp32 matrix products", OperatingSystem.IsLinux() ? null : "not needed", null, remedy, Installable: true);
        var wrong = targets.Where(t => t.File.Exists && t.File.ResolveLinkTarget(returnFinalTarget: true)?.FullName.Contains("openmp", StringComparison.Ordinal) == false).Select(t => t.Link).ToArray();
        if (wrong.Length > 0)
            remedy += " && " + string.Join(" && ", wrong.Select(w => $"update-alternatives --set {w}-{triplet} /usr/lib/{triplet}/openblas-openmp/{w}"));
        return new Prerequisite("OpenBLAS (OpenMP)", "fast fp32 matrix products", wrong.Length == 0 ? "openmp" : null, targets[^1].File.LinkTarget, remedy, Installable: true);
    }

    private static Prerequisite Npm(string root, string name, string why, string folder)
    {
        var package = Path.Combine(root, folder, "package.json");
        var version = File.Exists(package) ? PackageVersion().Match(File.ReadAllText(package)).Groups[1].Value : null;
        return new Prerequisite(name, why, version, version is null ? null : folder, "npm ci", Installable: true);
    }

    private static Prerequisite Zstd()
    {
        string[] files = OperatingSystem.IsWindows() ? ["libzstd.dll", "zstd.dll"]
            : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"]
            : ["libzstd.so.1"];
        foreach (var file in files)
            if (Probe.LibraryVersion(file, "ZSTD_versionNumber") is { } number)
                return new Prerequisite("libzstd", "corpora in .zst", $"{number / 10000}.{number / 100 % 100}.{number % 100}", file, "", Installable: false);
        return new Prerequisite("libzstd", "corpora in .zst", null, null, "apt-get install -y --no-install-recommends libzstd1", Installable: false) { Optional = true };
    }

    private static Prerequisite NativeLibrary(string root)
    {
        var (library, stamp) = (Path.Combine(root, "artifacts", "native", "libedl_native.so"), Path.Combine(root, "artifacts", "native", "libtorch.stamp"));
        var version = File.Exists(library) && File.Exists(stamp) && File.ReadAllText(stamp).Split('|') is [_, _, var libtorch, ..] ? $"for libtorch {libtorch}" : null;
        return new Prerequisite("src/Native, built", "tensors", version, version is null ? null : "artifacts/native", "dotnet build", Installable: true);
    }

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex Version();

    [GeneratedRegex("\"version\"\\s*:\\s*\"([^\"]+)\"")]
    private static partial Regex PackageVersion();
}
