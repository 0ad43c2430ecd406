using System.Reflection;
using System.Runtime.InteropServices;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>The functions of libzstd (zstd.h, 1.4 or later) that reading needs. The library is the system's: Debian's libzstd1.</summary>
internal static unsafe partial class ZstdLibrary
{
    private const string Name = "zstd";

    private static readonly string[] s_files = OperatingSystem.IsWindows() ? ["libzstd.dll", "zstd.dll"]
        : OperatingSystem.IsMacOS() ? ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"]
        : ["libzstd.so.1"];

    static ZstdLibrary() => NativeLibrary.SetDllImportResolver(typeof(ZstdLibrary).Assembly, Resolve);

    /// <summary>A part of a buffer that the library moves through: <c>ZSTD_inBuffer</c> and <c>ZSTD_outBuffer</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public byte* Data;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Name, EntryPoint = "ZSTD_createDStream")] public static partial nint CreateStream();

    [LibraryImport(Name, EntryPoint = "ZSTD_freeDStream")] public static partial nuint FreeStream(nint stream);

    [LibraryImport(Name, EntryPoint = "ZSTD_decompressStream")]
    public static partial nuint Decompress(nint stream, ref Buffer output, ref Buffer input);

    [LibraryImport(Name, EntryPoint = "ZSTD_isError")] public static partial uint IsError(nuint code);

    [LibraryImport(Name, EntryPoint = "ZSTD_getErrorName")] public static partial byte* ErrorName(nuint code);

    /// <summary>Loads the first of the files that there is.</summary>
    internal static nint Load(params IEnumerable<string> files)
    {
        foreach (var file in files)
            if (NativeLibrary.TryLoad(file, out var handle))
                return handle;
        throw new PrerequisiteException($"a .zst file needs the library {s_files[0]}, which this machine does not have.",
            "Install it (Debian: apt-get install libzstd1), or decompress the file.");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == Name ? Load(s_files) : 0;
}
