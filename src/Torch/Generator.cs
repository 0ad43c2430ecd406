using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

/// <summary>A stream of random numbers of its own, apart from the default one.</summary>
public sealed class Generator : IDisposable
{
    private nint _handle;

    /// <summary>Makes one.</summary>
    /// <param name="seed">Its seed.</param>
    /// <param name="device">The device whose tensors it fills; the host by default.</param>
    public unsafe Generator(ulong seed, Device? device = null)
    {
        nint handle;
        NativeException.ThrowIfFailed(NativeMethods.edl_generator_new((device ?? torch.CPU).Packed, seed, &handle), "generator");
        _handle = handle;
    }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Frees it.</summary>
    public void Dispose()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0) NativeMethods.edl_generator_free(handle);
    }
}
