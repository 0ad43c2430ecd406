using System.Diagnostics;
using Cake.Core.Diagnostics;
using ExpertDivergence.Core;

namespace ExpertDivergence.Build;

/// <summary>Runs a program in the root of the checkout; its output goes through.</summary>
internal static class Shell
{
    public static void Run(BuildContext context, string program, string[] arguments, string remedy)
    {
        var code = TryRun(context, program, arguments);
        if (code != 0)
            throw new EdlException($"{program} {string.Join(' ', arguments)} ended with exit code {code}", remedy);
    }

    public static int TryRun(BuildContext context, string program, string[] arguments)
    {
        context.Cake.Log.Verbose("{0} {1}", program, string.Join(' ', arguments));
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = context.Root, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
