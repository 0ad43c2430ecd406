using ExpertDivergence.Core;
using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

/// <summary>Collectives between ranks over libtorch's c10d: gloo on the host, nccl between GPUs where libtorch was built with it.</summary>
/// <remarks>Every rank makes the same calls in the same order, each rank from one thread. Every call returns or fails within the timeout.
/// The sum is the same to the bit on every rank.</remarks>
public sealed class ProcessGroup : IDisposable
{
    /// <summary>Bytes that are laid end to end and reduced at once.</summary>
    public const long BucketBytes = 32 << 20;

    private nint _handle;

    private ProcessGroup(nint handle, int rank, int world) => (_handle, Rank, World) = (handle, rank, world);

    /// <summary>This process's number, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    public int World { get; }

    /// <summary>Connects this rank with all others; waits for them.</summary>
    /// <param name="store">Where they find each other.</param>
    /// <param name="rank">This process's number.</param>
    /// <param name="world">How many there are.</param>
    /// <param name="address">Where the store is; a loopback address keeps the connections on this machine.</param>
    /// <param name="backend"><c>gloo</c> or <c>nccl</c>.</param>
    /// <exception cref="ProcessGroupException">Not all came in time, or the backend is missing.</exception>
    public static unsafe ProcessGroup Connect(RankStore store, int rank, int world, RankAddress address, string backend = "gloo")
    {
        nint handle;
        var status = NativeMethods.edl_group_connect(store.Handle, rank, world, backend, address.Host, (int)address.Timeout.TotalMilliseconds, &handle);
        ThrowIfFailed(status, rank, world, "connecting");
        return new ProcessGroup(handle, rank, world);
    }

    /// <summary>Replaces each tensor by its sum over all ranks. Shapes and order must be the same on every rank.</summary>
    /// <remarks>Small tensors travel together in buckets of <see cref="BucketBytes"/>, one under way while the next is filled.</remarks>
    /// <exception cref="ProcessGroupException">A rank is gone or did not take part in time.</exception>
    public unsafe void AllReduceSum(params IReadOnlyList<Tensor> tensors)
    {
        var handles = new nint[tensors.Count];
        for (var i = 0; i < handles.Length; i++)
            handles[i] = tensors[i].Handle;
        fixed (nint* first = handles)
            ThrowIfFailed(NativeMethods.edl_group_all_reduce(Handle, first, handles.Length, BucketBytes), Rank, World, "all-reduce");
    }

    /// <summary>Replaces a tensor by another rank's.</summary>
    /// <exception cref="ProcessGroupException">A rank is gone or did not take part in time.</exception>
    public void Broadcast(Tensor tensor, int from = 0) =>
        ThrowIfFailed(NativeMethods.edl_group_broadcast(Handle, tensor.Handle, from), Rank, World, "broadcast");

    /// <summary>The tensors of all ranks, of the same shape on each, in order of rank.</summary>
    /// <exception cref="ProcessGroupException">A rank is gone or did not take part in time.</exception>
    public unsafe Tensor[] AllGather(Tensor tensor)
    {
        var handles = new nint[World];
        fixed (nint* first = handles)
            ThrowIfFailed(NativeMethods.edl_group_all_gather(Handle, tensor.Handle, first), Rank, World, "all-gather");
        return Array.ConvertAll(handles, Tensor.Own);
    }

    /// <summary>Returns when every rank has come here.</summary>
    /// <exception cref="ProcessGroupException">A rank is gone or did not come in time.</exception>
    public void Barrier() => ThrowIfFailed(NativeMethods.edl_group_barrier(Handle), Rank, World, "barrier");

    /// <summary>Disconnects.</summary>
    public void Dispose()
    {
        var handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
            NativeMethods.edl_group_free(handle);
    }

    private nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    private static void ThrowIfFailed(int status, int rank, int world, string operation)
    {
        try
        {
            NativeException.ThrowIfFailed(status, operation);
        }
        catch (NativeException e) when (!e.IsOutOfMemory)
        {
            throw new ProcessGroupException(rank, world, FirstLine(e.Message), "Look at what the other ranks said last; the same command goes on from the newest checkpoint.", e);
        }
    }

    // gloo puts the source file in front of its words, for example "[./gloo/transport/tcp/pair.cc:598] Connection closed by peer".
    private static string FirstLine(string words)
    {
        var line = words.Split('\n')[0];
        var source = line.IndexOf("/gloo/", StringComparison.Ordinal);
        var open = source < 0 ? -1 : line.LastIndexOf('[', source);
        var close = open < 0 ? -1 : line.IndexOf("] ", open, StringComparison.Ordinal);
        return close < 0 ? line : line[..open] + line[(close + 2)..];
    }
}
