using System.Net;
using System.Net.Sockets;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;

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

    /// <summary>Runs the same on both with all that training has of ranks.</summary>
    public static void RunGroup(Action<IRankGroup> work, int seconds = 20)
    {
        var port = FreePort();
        Each(rank =>
        {
            using var ranks = RankGroup.Connect(Environment(rank, port, seconds));
            work(ranks);
        });
    }

    /// <summary>Runs the same twice, each with the variables of a rank, as two processes would.</summary>
    public static void Processes(Action<int, RankEnvironment> work)
    {
        var port = FreePort();
        Each(rank => work(rank, Environment(rank, port)));
    }

    /// <summary>The variables of one of the two.</summary>
    public static RankEnvironment Environment(int rank, int port, int seconds = 20) => RankEnvironment.Read(name => name switch
    {
        "RANK" => rank.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "WORLD_SIZE" => "2",
        "MASTER_ADDR" => "127.0.0.1",
        "MASTER_PORT" => port.ToString(System.Globalization.CultureInfo.InvariantCulture),
        "EDL_RANK_TIMEOUT" => seconds.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => null,
    });

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
