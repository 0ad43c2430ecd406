namespace ExpertDivergence.Build.Tasks;

/// <summary>Builds the program with its native library.</summary>
[TaskDescription("Build the program edl and its native library")]
[IsDependentOn(typeof(Setup))]
public sealed class Compile : BuildTask
{
    private static readonly string[] s_sources = ["src", "pipeline", "data", "reports/templates", "eng/figures"];
    private static readonly string[] s_files = ["Directory.Build.props", "Directory.Packages.props", "Directory.Build.targets", "package-lock.json"];

    /// <inheritdoc/>
    public override string? ReasonToSkip(BuildContext context) => File.Exists(Stamp(context)) && File.GetLastWriteTimeUtc(Stamp(context)) > Newest(context.Root)
        ? "the program is newer than its sources"
        : null;

    /// <inheritdoc/>
    public override void Run(BuildContext context)
    {
        var started = DateTime.UtcNow;
        Shell.Run(context, "dotnet", ["build", "pipeline/Pipeline.csproj", "-c", "Release", "-v", "q", "--nologo"], "Mend what the compiler says.");
        File.WriteAllText(Stamp(context), "");
        File.SetLastWriteTimeUtc(Stamp(context), started);
    }

    private static string Stamp(BuildContext context) => Path.Combine(context.ProgramFolder, "built.stamp");

    private static DateTime Newest(string root) => s_sources
        .Select(s => new DirectoryInfo(Path.Combine(root, s)))
        .Where(d => d.Exists)
        .SelectMany(d => d.EnumerateFiles("*", SearchOption.AllDirectories))
        .Concat(s_files.Select(f => new FileInfo(Path.Combine(root, f))).Where(f => f.Exists))
        .Max(f => f.LastWriteTimeUtc);
}
