using System.Diagnostics;
using System.Globalization;

namespace ExpertDivergence.Stages.Execution;

/// <summary>How processes are ended.</summary>
internal static class Signals
{
    /// <summary>A polite end: the process saves what it can resume from.</summary>
    /// <remarks>By SIGTERM: what a script starts in the background ignores SIGINT, and so does all that is started from there.</remarks>
    public static void Interrupt(Process process)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                process.Kill(entireProcessTree: true);
            else
                using (Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
                {
                }
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
