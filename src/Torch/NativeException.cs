using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ExpertDivergence.Core;
using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

/// <summary>libtorch refused a call; the message holds its own words, without the C++ backtrace.</summary>
/// <param name="operation">The operator or entry that failed, for example <c>aten::mm</c>.</param>
/// <param name="words">libtorch's words.</param>
/// <param name="remedy">What to do about it.</param>
public sealed class NativeException(string operation, string words, string remedy) : EdlException($"{operation}: {words}", remedy)
{
    /// <summary>The operator or entry that failed.</summary>
    public string Operation { get; } = operation;

    /// <summary>Whether memory ran out, on the host or on a device.</summary>
    public bool IsOutOfMemory { get; private init; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void ThrowIfFailed(int status, string operation)
    {
        if (status != 0) Throw(status, operation);
    }

    private static unsafe void Throw(int status, string operation)
    {
        var words = (Marshal.PtrToStringUTF8((nint)NativeMethods.edl_last_error()) ?? "").Trim();
        throw status switch
        {
            2 => new NativeException(operation, words, "Use a smaller batch, a shorter sequence or a smaller model.") { IsOutOfMemory = true },
            3 => new NativeException(operation, words, $"Build against a libtorch that has it (this one is {torch.Version})."),
            _ => new NativeException(operation, words, "Check the shapes, data types and devices that this operation was given."),
        };
    }
}
