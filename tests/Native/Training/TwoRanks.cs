using System.Net;
using System.Net.Sockets;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>Two ranks in one process, a thread each.</summary>
internal static class TwoRanks
{
    /// <summary>Runs the same on both; an error on either is thrown here.</summary>
    public static void Run(Action<ProcessGroup, RankStore> work, TimeSpan? timeout = null)
    {
        var address = new RankAddress("127.0.0.1", FreePort(), "edl", timeout ?? TimeSpan.FromSeconds(20));
        Each(rank =>
        {
            using var store = RankStore.Connect(address, serve: rank == 0);
            using var group = ProcessGroup.Connect(store, rank, 2, address);
            work(group, store);
        });
    }

    /// <summary>Runs an action on a thread for each of two ranks, and keeps both threads until both have ended.</summary>
    public static void Each(Action<int> work)
    {
        using TorchThread first = new("rank 0"), second = new("rank 1");
        Task.WaitAll(Task.Run(() => first.Run(() => work(0))), Task.Run(() => second.Run(() => work(1))));
    }

    /// <summary>A port that nothing listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
