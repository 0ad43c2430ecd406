using System.Diagnostics;
using System.Globalization;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>How ranks find each other: they sign in at the store, and each waits until all have.</summary>
internal static class RankMeeting
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Opens the store or connects to it.</summary>
    /// <exception cref="ProcessGroupException">Nobody keeps it there, or the port is taken.</exception>
    public static RankStore Open(RankEnvironment self)
    {
        var place = string.Create(CultureInfo.InvariantCulture, $"{self.Address.Host}:{self.Address.Port}");
        try
        {
            return RankStore.Connect(self.Address, self.KeepsStore);
        }
        catch (NativeException e) when (self.KeepsStore)
        {
            throw Error(self, $"the ranks cannot meet at {place}: {e.Message.Split('\n')[0]}", "Set MASTER_PORT to a port that is free on the machine of rank 0.", [], e);
        }
        catch (NativeException e)
        {
            var seconds = self.Address.Timeout.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            throw Error(self, $"rank 0 was not found at {place} within {seconds} s",
                "Check that rank 0 was started and that MASTER_ADDR and MASTER_PORT are its own; where ranks start slowly, raise EDL_RANK_TIMEOUT (seconds).", [0], e);
        }
    }

    /// <summary>Signs in and waits for the others.</summary>
    /// <exception cref="ProcessGroupException">Not all came in time, or two processes say they are the same rank.</exception>
    public static void WaitForAll(RankEnvironment self, RankStore store)
    {
        if (store.Add(Key(self.Rank), 1) > 1)
            throw Error(self, $"another process says that it is rank {self.Rank} too", "Start every rank once, each with a number of its own.", [self.Rank]);
        store.Add("here", 1);
        for (var clock = Stopwatch.StartNew(); store.Add("here", 0) < self.World; Thread.Sleep(s_pause))
        {
            if (clock.Elapsed < self.Address.Timeout)
                continue;
            int[] missing = [.. Enumerable.Range(0, self.World).Where(rank => !store.Has(Key(rank)))];
            throw Error(self, $"{RankWatch.Names(missing)} did not come within {self.Address.Timeout.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s",
                "Look at what it said; where ranks start slowly, raise EDL_RANK_TIMEOUT (seconds).", missing);
        }
    }

    private static string Key(int rank) => string.Create(CultureInfo.InvariantCulture, $"here/{rank}");

    private static ProcessGroupException Error(RankEnvironment self, string message, string remedy, IReadOnlyList<int> peers, Exception? inner = null) =>
        new(self.Rank, self.World, message, remedy, inner) { Peers = peers };
}
