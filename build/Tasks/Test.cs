using System.Runtime.Intrinsics.X86;
using ExpertDivergence.Core;

namespace ExpertDivergence.Build.Tasks;

/// <summary>Every test, after set-up and a build in which warnings are errors.</summary>
[TaskDescription("Build everything and run every test, the recipe spark through the whole graph among them")]
[IsDependentOn(typeof(Setup))]
public sealed class Test : BuildTask
{
    private static readonly string[] s_hosts = ["Unit", "Native", "Pipeline", "Build"];

    /// <inheritdoc/>
    public override void Run(BuildContext context)
    {
        Shell.Run(context, "dotnet", ["build", "ExpertDivergence.slnx", "-c", "Release", "-v", "q", "--nologo"], "Mend what the compiler says.");
        var folder = Path.Combine(context.Root, "artifacts", "test-results");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var broken = new List<string>();
        foreach (var host in s_hosts)
            RunHost(context, host, host, [], folder, broken);

        // The fused operators once more with the instructions of older processors.
        foreach (var kernels in Avx2.IsSupported ? new[] { "avx2", "generic" } : ["generic"])
            RunHost(context, "Native", "Native-" + kernels, ["--filter-namespace", "*Modeling.Fused*"], folder, broken, "EDL_KERNELS=" + kernels);

        var results = TestResults.Read(folder);
        foreach (var (name, reason) in results.Skipped)
            context.Say($"skipped: {name}: {reason}");
        File.WriteAllText(Path.Combine(folder, "summary.txt"), $"{results.Passed} passed, {results.Failed + broken.Count} failed\n");
        context.Say($"{results.Passed} passed, {results.Failed + broken.Count} failed");
        CheckSkipped(context, results);
        if (broken.Count > 0)
            throw new EdlException($"test hosts ended without results: {string.Join(", ", broken)}", "Run them by hand to see why.");
        if (results.Failed > 0)
            throw new EdlException($"{results.Failed} tests failed", "Their messages stand above.");
    }

    private static void RunHost(BuildContext context, string host, string report, string[] filter, string folder, List<string> broken, params string[] environment)
    {
        var program = Path.Combine(context.Root, "artifacts", "bin", $"{host}Tests", "release", $"ExpertDivergence.Tests.{host}");
        var code = Shell.TryRun(context, "env",
            [.. environment, program, .. filter, "--report-xunit", "--report-xunit-filename", report + ".xml", "--results-directory", folder, "--no-progress", "--ignore-exit-code", "8"]);
        if (!File.Exists(Path.Combine(folder, report + ".xml")))
            broken.Add($"{report} (exit code {code})");
    }

    // What may be skipped in CI is written down, so that no test falls silent unseen.
    private static void CheckSkipped(BuildContext context, TestResults results)
    {
        if (Environment.GetEnvironmentVariable("CI") is not { Length: > 0 })
            return;
        var allowed = File.ReadAllLines(Path.Combine(context.Root, "tests", "skipped-in-ci.txt")).Where(l => l.Length > 0 && l[0] != '#').Order(StringComparer.Ordinal).ToArray();
        var skipped = results.Skipped.Select(s => s.Name).Order(StringComparer.Ordinal).ToArray();
        if (!allowed.SequenceEqual(skipped))
            throw new EdlException($"skipped in CI: [{string.Join(", ", skipped)}], written down: [{string.Join(", ", allowed)}]", "Mend the test, or tests/skipped-in-ci.txt.");
    }
}
