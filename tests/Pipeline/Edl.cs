using System.Diagnostics;

namespace ExpertDivergence.Tests.Pipeline;

/// <summary>The program as a user runs it: a process of its own.</summary>
internal static class Edl
{
    /// <summary>What a run printed and how it ended.</summary>
    public sealed record Outcome(int ExitCode, string Output, string Errors);

    /// <summary>A folder that no other test uses.</summary>
    public static string NewFolder() => Directory.CreateTempSubdirectory("edl-test-").FullName;

    /// <summary>Runs the program to its end.</summary>
    public static Outcome Run(params string[] arguments) => Run(workspace: null, arguments);

    /// <summary>Runs the program to its end with a workspace of its own.</summary>
    public static Outcome Run(string? workspace, string[] arguments)
    {
        using var process = Start(workspace, arguments);
        return End(process);
    }

    /// <summary>Starts the program.</summary>
    public static Process Start(string? workspace, params string[] arguments) =>
        Start("env", ["--default-signal=INT", "dotnet", Program, .. arguments], workspace); // in the background an interruption is ignored, and children inherit that

    /// <summary>The path of the program.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "edl.dll");

    /// <summary>Starts any program with the environment of a test.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string? workspace)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Root };
        start.Environment["EDL_WORKSPACE"] = workspace ?? NewFolder();
        start.Environment["NO_COLOR"] = "1";
        return Process.Start(start)!;
    }

    /// <summary>Waits for the end of a program.</summary>
    public static Outcome End(Process process)
    {
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, errors.Result);
    }

    /// <summary>The root of the checkout.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ExpertDivergence.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests run outside a checkout");
        return folder;
    }
}
