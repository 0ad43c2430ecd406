using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ExpertDivergence.Stages.Prerequisites;

/// <summary>Asks a program for its version.</summary>
internal static class Probe
{
    /// <summary>Runs a program and returns what it printed; null where it does not exist or fails.</summary>
    public static string? Run(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.Wait();
            return process.ExitCode == 0 ? text.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The number that a library's own function of no arguments gives; null where there is no such library.</summary>
    public static uint? LibraryVersion(string library, string function)
    {
        if (!NativeLibrary.TryLoad(library, out var handle))
            return null;
        try
        {
            return NativeLibrary.TryGetExport(handle, function, out var address) ? Marshal.GetDelegateForFunctionPointer<VersionNumber>(address)() : null;
        }
        finally
        {
            NativeLibrary.Free(handle);
        }
    }

    /// <summary>Where a program lies on the path.</summary>
    public static string? Which(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(f => Path.Combine(f, OperatingSystem.IsWindows() ? program + ".exe" : program))
        .FirstOrDefault(File.Exists);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate uint VersionNumber();
}
