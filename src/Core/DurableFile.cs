using System.Runtime.InteropServices;
using System.Text;

namespace ExpertDivergence.Core;

/// <summary>Files that are replaced whole: written aside, synced, renamed.</summary>
public static class DurableFile
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes text as UTF-8 without a byte-order mark; readers see the old file or the new one, never half of it.</summary>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, s_utf8.GetBytes(text));

    /// <inheritdoc cref="WriteAllText"/>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        var partial = path + ".partial";
        using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Forces a file's bytes to the disk.</summary>
    public static void Sync(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Forces a folder's list of entries to the disk: what was created or renamed in it is there after a power cut.</summary>
    /// <remarks>Windows has no such call and needs none; a file system that refuses it is taken as it is.</remarks>
    /// <exception cref="IOException">The disk failed or is full, or there is no such folder.</exception>
    public static void SyncFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Posix.Open(path, Posix.ReadOnly);
        if (descriptor < 0)
            throw new IOException($"{path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        var failed = Posix.Fsync(descriptor) != 0 && Marshal.GetLastPInvokeError() is Posix.InputOutputError or Posix.NoSpace;
        var message = failed ? Marshal.GetLastPInvokeErrorMessage() : "";
        _ = Posix.Close(descriptor);
        if (failed)
            throw new IOException($"{path} cannot be synced: {message}");
    }

    private static class Posix
    {
        public const int ReadOnly = 0, InputOutputError = 5, NoSpace = 28;

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static extern int Fsync(int descriptor);

        [DllImport("libc", EntryPoint = "close")]
        public static extern int Close(int descriptor);
    }
}
