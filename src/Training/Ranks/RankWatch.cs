using System.Diagnostics;
using System.Globalization;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Tells a rank that is gone from one that is busy: each rank counts up a key in the store twice a second, from a thread and over
/// a connection of its own.</summary>
internal sealed class RankWatch : IDisposable
{
    private static readonly TimeSpan s_beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan s_longSilence = TimeSpan.FromSeconds(15);
    private readonly RankEnvironment _self;
    private readonly RankStore _store;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;

    /// <summary>Starts to beat.</summary>
    public RankWatch(RankEnvironment self)
    {
        _self = self;
        _store = RankStore.Connect(self.Address, serve: false);
        _thread = new Thread(Beat) { Name = "rank watch", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Ranks by name: <c>rank 1</c>, <c>ranks 1, 2</c>.</summary>
    public static string Names(IReadOnlyList<int> ranks) =>
        (ranks.Count == 1 ? "rank " : "ranks ") + string.Join(", ", ranks.Select(r => r.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Waits until rank 0 sets a key, as long as it lives.</summary>
    /// <param name="store">The caller's connection.</param>
    /// <param name="key">The key.</param>
    /// <param name="what">What rank 0 is doing.</param>
    /// <exception cref="ProcessGroupException">Rank 0 is gone or failed.</exception>
    public void WaitFor(RankStore store, string key, string what)
    {
        try
        {
            var (beat, heard, looked) = (-1L, Stopwatch.StartNew(), Stopwatch.StartNew());
            for (var pause = 1; !store.Has(key); pause = Math.Min(2 * pause, 100))
            {
                Thread.Sleep(pause);
                if (looked.Elapsed < s_beat)
                    continue;
                looked.Restart();
                if (store.Has(FailedKey(0)))
                    throw Error($"rank 0 failed: {store.Get(FailedKey(0))}", [0]);
                if (store.Add(BeatKey(0), 0) is var now && now != beat)
                    (beat, heard) = (now, Stopwatch.StartNew());
                else if (heard.Elapsed > s_longSilence)
                    throw Error($"rank 0 fell silent while it was {what}", [0]);
            }
        }
        catch (NativeException e)
        {
            throw Gone(what, e);
        }
    }

    /// <summary>What stands behind a call that failed: which rank is gone, which failed and why.</summary>
    public ProcessGroupException Explain(RankStore store, Exception error)
    {
        var words = error is ProcessGroupException ? error.Message[(error.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..] : error.Message.Split('\n')[0];
        try
        {
            int[] others = [.. Enumerable.Range(0, _self.World).Where(r => r != _self.Rank)];
            var before = Array.ConvertAll(others, r => store.Add(BeatKey(r), 0));
            Thread.Sleep(s_silence);
            int[] failed = [.. others.Where(r => store.Has(FailedKey(r)))];
            if (failed.Length > 0)
                return Error($"{Names(failed[..1])} failed: {store.Get(FailedKey(failed[0]))}", failed, error);
            int[] gone = [.. others.Where((r, i) => store.Add(BeatKey(r), 0) == before[i])];
            return gone.Length > 0
                ? Error($"{Names(gone)} {(gone.Length == 1 ? "is" : "are")} gone ({words})", gone, error)
                : Error($"every rank is alive, but not every one took part in time ({words})", [], error);
        }
        catch (NativeException e)
        {
            return Gone(words, e);
        }
        finally
        {
            SayLeft(store);
        }
    }

    /// <summary>Leaves word of why this rank ends. Who keeps the store stays a moment, so that it can be read.</summary>
    public void Fail(RankStore store, string words)
    {
        try
        {
            store.Set(FailedKey(_self.Rank), words);
            for (var clock = Stopwatch.StartNew(); _self.KeepsStore && clock.Elapsed < 3 * s_silence && store.Add("left", 0) < _self.World - 1;)
                Thread.Sleep(50);
        }
        catch (NativeException)
        {
            // Nobody keeps the store any more: there is nobody to tell.
        }
    }

    /// <summary>Ends the beats.</summary>
    public void Dispose()
    {
        _end.Set();
        if (!_thread.Join(TimeSpan.FromSeconds(2)))
            return; // It waits for a store that does not answer; the process ends soon.
        _store.Dispose();
        _end.Dispose();
    }

    private static string BeatKey(int rank) => string.Create(CultureInfo.InvariantCulture, $"beat/{rank}");

    private static string FailedKey(int rank) => string.Create(CultureInfo.InvariantCulture, $"failed/{rank}");

    private void Beat()
    {
        try
        {
            do
                _store.Add(BeatKey(_self.Rank), 1);
            while (!_end.Wait(s_beat));
        }
        catch (NativeException)
        {
            // The store is gone; the rank's own calls find out and say so.
        }
    }

    private static void SayLeft(RankStore store)
    {
        try
        {
            store.Add("left", 1);
        }
        catch (NativeException)
        {
            // Nobody is there to know.
        }
    }

    private ProcessGroupException Gone(string words, Exception inner) => _self.KeepsStore
        ? Error($"the store of the ranks does not answer ({words})", [], inner)
        : Error($"rank 0, or who keeps the store of the ranks for it, is gone ({words})", [0], inner);

    private ProcessGroupException Error(string message, IReadOnlyList<int> peers, Exception? inner = null) =>
        new(_self.Rank, _self.World, message, "Look at what it said last; the same command goes on from the newest state.", inner) { Peers = peers };
}
