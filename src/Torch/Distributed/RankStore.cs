using System.Text;
using ExpertDivergence.Core;
using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

/// <summary>The keys and texts that all ranks see: c10d's TCPStore, kept by one of them (or by torchrun's agent).</summary>
/// <remarks>Calls block, for <see cref="RankAddress.Timeout"/> at most. One object is for one thread.</remarks>
public sealed class RankStore : IDisposable
{
    private const int LongestText = 1 << 16;
    private nint _handle;

    private RankStore(nint handle) => _handle = handle;

    /// <summary>Why this build knows no ranks; null where it does.</summary>
    public static unsafe string? Missing
    {
        get
        {
            var words = new string((sbyte*)NativeMethods.edl_ranks_missing());
            return words.Length == 0 ? null : words;
        }
    }

    /// <summary>Connects to the store, waiting for it to appear; or opens it.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="serve">Whether this process keeps it.</param>
    /// <exception cref="PrerequisiteException">This build knows no ranks.</exception>
    /// <exception cref="NativeException">Nothing answers there, or the port is taken.</exception>
    public static unsafe RankStore Connect(RankAddress address, bool serve)
    {
        if (Missing is { } reason)
            throw new PrerequisiteException($"this build cannot train with several ranks: {reason}", "Install libgloo-dev beside libtorch-dev and build again.");
        nint handle;
        NativeException.ThrowIfFailed(NativeMethods.edl_store_connect(address.Host, address.Port, serve ? 1 : 0, address.Prefix,
            (int)address.Timeout.TotalMilliseconds, &handle), "store");
        return new RankStore(handle);
    }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Sets a key.</summary>
    public void Set(string key, string text) => NativeException.ThrowIfFailed(NativeMethods.edl_store_set(Handle, key, text), "store.set");

    /// <summary>The text of a key, of at most 64 KiB; waits until the key is set.</summary>
    public unsafe string Get(string key)
    {
        var buffer = new byte[LongestText];
        int length;
        fixed (byte* text = buffer)
            NativeException.ThrowIfFailed(NativeMethods.edl_store_get(Handle, key, text, buffer.Length, &length), "store.get");
        return Encoding.UTF8.GetString(buffer.AsSpan(0, Math.Min(length, buffer.Length)));
    }

    /// <summary>Whether a key is set.</summary>
    public unsafe bool Has(string key)
    {
        int present;
        NativeException.ThrowIfFailed(NativeMethods.edl_store_has(Handle, key, &present), "store.has");
        return present != 0;
    }

    /// <summary>Adds to a key that holds a number, 0 at first; returns the sum.</summary>
    public unsafe long Add(string key, long amount)
    {
        long sum;
        NativeException.ThrowIfFailed(NativeMethods.edl_store_add(Handle, key, amount, &sum), "store.add");
        return sum;
    }

    /// <summary>Disconnects; whoever keeps the store closes it.</summary>
    public void Dispose()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
            NativeMethods.edl_store_free(handle);
    }
}

/// <summary>Where ranks meet.</summary>
/// <param name="Host">Name or address of the machine that keeps the store.</param>
/// <param name="Port">Its port.</param>
/// <param name="Prefix">Names this start of the ranks, so that keys of an earlier one are not read.</param>
/// <param name="Timeout">The longest that anything waits.</param>
public sealed record RankAddress(string Host, int Port, string Prefix, TimeSpan Timeout);
