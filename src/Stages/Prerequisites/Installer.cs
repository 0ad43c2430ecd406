using System.Diagnostics;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Prerequisites;

/// <summary>Installs what is missing, where it may; otherwise says exactly what to type.</summary>
public static class Installer
{
    /// <summary>Brings libtorch from Debian and the npm packages from the lock file; does nothing that is done.</summary>
    /// <param name="root">The root of the checkout.</param>
    /// <param name="log">Takes what is being done.</param>
    /// <exception cref="PrerequisiteException">Something is missing that may not be installed from here.</exception>
    public static void Run(string root, Action<string> log)
    {
        var missing = PrerequisiteList.Of(root).Where(p => p.IsMissing).ToArray();
        var byHand = missing.Where(p => !p.Installable).ToArray();
        if (byHand.Length > 0)
            throw new PrerequisiteException($"missing: {string.Join(", ", byHand.Select(p => p.Name))}", "Type: " + string.Join(" && ", byHand.Select(p => p.Remedy).Distinct()));
        var debian = missing.Where(p => p.Name.StartsWith("libtorch", StringComparison.Ordinal) || p.Name.StartsWith("OpenBLAS", StringComparison.Ordinal)).ToArray();
        if (debian.Length > 0)
            InstallDebian(debian, log);
        if (missing.Any(p => p.Remedy == "npm ci") || NpmLockChanged(root))
        {
            log("npm ci: libduckdb and the chart renderer, from package-lock.json");
            Execute("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], root, "Check the network, then type: npm ci");
            File.Copy(Path.Combine(root, "package-lock.json"), LockCopy(root), overwrite: true);
        }
    }

    /// <summary>Whether everything that set-up brings is there: cheap enough to ask on every run.</summary>
    public static bool IsComplete(string root) => File.Exists(Path.Combine(root, "artifacts", "native", "libedl_native.so")) && !NpmLockChanged(root);

    private static string LockCopy(string root) => Path.Combine(root, "node_modules", ".installed-lock.json");

    // Installed by hand counts as well: npm's own record is then newer than the lock file. A needless `npm ci` would take the packages
    // away from whatever is using them.
    private static bool NpmLockChanged(string root)
    {
        var (wanted, record) = (Path.Combine(root, "package-lock.json"), Path.Combine(root, "node_modules", ".package-lock.json"));
        return File.Exists(LockCopy(root))
            ? File.ReadAllText(LockCopy(root)) != File.ReadAllText(wanted)
            : !File.Exists(record) || File.GetLastWriteTimeUtc(record) < File.GetLastWriteTimeUtc(wanted);
    }

    private static void InstallDebian(Prerequisite[] missing, Action<string> log)
    {
        var remedy = $"apt-get update && apt-get install -y --no-install-recommends {PrerequisiteList.DebianPackages}";
        var names = string.Join(" and ", missing.Select(p => p.Name));
        if (Probe.Which("apt-get") is null)
            throw new PrerequisiteException($"missing: {names}", "Install libtorch with its headers and point LIBTORCH at it.");
        var isRoot = Environment.UserName == "root";
        if (!isRoot && Probe.Run("sudo", "-n", "true") is null)
            throw new PrerequisiteException($"missing: {names}, and this user may not install packages", $"Type as root: {remedy}");
        log($"installing {PrerequisiteList.DebianPackages} from Debian");
        string[] sudo = isRoot ? [] : ["sudo", "-n"];
        foreach (var command in (string[][])[["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", .. PrerequisiteList.DebianPackages.Split(' ')]])
        {
            string[] whole = [.. sudo, .. command];
            Execute(whole[0], whole[1..], "/", $"Type as root: {remedy}");
        }
    }

    private static void Execute(string program, string[] arguments, string folder, string remedy)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new PrerequisiteException($"{program} {string.Join(' ', arguments)} failed: {errors.Result.Trim().Split('\n')[^1]}", remedy);
    }
}
