using System.Runtime.InteropServices;

namespace ExpertDivergence.DuckDb.Interop;

internal static unsafe class NativeText
{
    /// <summary>A copy of NUL-terminated UTF-8 text that the library keeps.</summary>
    public static string? Read(byte* text) => Marshal.PtrToStringUTF8((nint)text);

    /// <summary>A copy of text that the library hands over, which is freed.</summary>
    public static string? Take(byte* text)
    {
        var copy = Read(text);
        NativeMethods.Free(text);
        return copy;
    }
}
