using System.Diagnostics;

namespace ExpertDivergence.Core;

/// <summary>One process at a time writes a folder: an exclusive lock on <c>PATH.lock</c>, which ends with the process that holds it.</summary>
/// <remarks>A run whose starter was killed may still be at work when the same command is given again. The file is deleted with the lock; what a
/// killed process leaves of it locks nothing. Of several ranks only the first frames the folder and takes the lock.</remarks>
public sealed class FolderLock : IDisposable
{
    /// <summary>What a lock's name has behind its folder's.</summary>
    public const string Extension = ".lock";

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Takes the lock, waiting for a process that is about to end.</summary>
    /// <param name="target">The folder's final path.</param>
    /// <param name="patience">How long to wait.</param>
    /// <exception cref="EdlException">Another process holds it.</exception>
    public static FolderLock Take(string target, TimeSpan patience)
    {
        for (var clock = Stopwatch.StartNew(); ; Thread.Sleep(s_pause))
        {
            if (TryTake(target) is { } held)
                return held;
            if (clock.Elapsed > patience)
                throw new EdlException($"{target} is being written by another process", "Wait for its end, or end it; then give the same command again.");
        }
    }

    /// <summary>Takes the lock; null where another process holds it.</summary>
    /// <param name="target">The folder's final path.</param>
    public static FolderLock? TryTake(string target)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)) + Extension;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FolderLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose));
        }
        catch (IOException e) when (IsHeld(e))
        {
            return null;
        }
    }

    /// <summary>Lets go.</summary>
    public void Dispose() => _file.Dispose();

    // EAGAIN of flock on Linux and macOS, a sharing violation on Windows.
    private static bool IsHeld(IOException e) => (e.HResult & 0xFFFF) is 11 or 35 or 32;
}
