using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.Fetching;

/// <summary>Tries again what may go better: waits double with jitter, a wait that the server asks for holds all requests, and only tries
/// that gained nothing count towards giving up.</summary>
/// <remarks>A loop of our own, not a resilience library's: whether a try counts depends on the bytes that it left on the disk.</remarks>
internal sealed class PoliteRetry(FetchOptions options, TimeProvider time, IProgressListener progress)
{
    private const long Gain = 64 << 10; // bytes a try must add for the count to begin anew
    private static readonly TimeSpan s_longestBackoff = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _notBefore;

    /// <summary>Runs the work until it succeeds.</summary>
    /// <param name="name">Names the jitter's stream.</param>
    /// <param name="work">One try.</param>
    /// <param name="kept">Bytes that the tries so far have left; null where nothing is kept.</param>
    /// <param name="cancellation">Ends tries and waits.</param>
    /// <exception cref="FetchException">Every try failed.</exception>
    public async Task<T> RunAsync<T>(string name, Func<Task<T>> work, Func<long>? kept, CancellationToken cancellation)
    {
        var most = kept?.Invoke() ?? 0;
        for (int failures = 0, total = 1; ; total++)
        {
            await HoldAsync(cancellation);
            try
            {
                return await work();
            }
            catch (TransientException e)
            {
                var now = kept?.Invoke() ?? 0;
                failures = now >= most + Gain ? 1 : failures + 1;
                most = Math.Max(most, now);
                if (failures >= options.Attempts)
                    throw e.GivenUp(total);
                var wait = WholeMilliseconds(Wait(e, name, failures, total));
                progress.Note(string.Create(CultureInfo.InvariantCulture, $"{e.Path}: {e.Message}; trying again in {wait.TotalSeconds:F1} s"));
                if (e.Failure == FetchFailure.Busy)
                    HoldAll(wait);
                else
                    await Task.Delay(wait, time, cancellation);
            }
        }
    }

    private TimeSpan Wait(TransientException failure, string name, int failures, int total)
    {
        if (failure.RetryAfter is { } asked && asked > options.LongestWait)
            throw new FetchException(failure.Failure, failure.Path, string.Create(CultureInfo.InvariantCulture, $"{failure.Message} and asks to wait {asked.TotalSeconds:F0} s"),
                "Run the same command after that time; what is complete is kept.", failure);
        var share = new KeyedRandom(options.Seed, "fetch", name, total.ToString(CultureInfo.InvariantCulture)).NextDouble();
        if (failure.RetryAfter is { } least)
            return least + (options.FirstWait * share); // never earlier than asked; spread, so that not all come at once
        var backoff = options.FirstWait * Math.Pow(2, Math.Min(failures - 1, 20));
        return (backoff < s_longestBackoff ? backoff : s_longestBackoff) * (0.5 + (0.5 * share));
    }

    private void HoldAll(TimeSpan wait)
    {
        lock (_lock)
        {
            var until = time.GetUtcNow() + wait;
            if (until > _notBefore)
                _notBefore = until;
        }
    }

    private async Task HoldAsync(CancellationToken cancellation)
    {
        while (true)
        {
            TimeSpan left;
            lock (_lock)
                left = _notBefore - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
                return;
            await Task.Delay(WholeMilliseconds(left), time, cancellation);
        }
    }

    // Timers count milliseconds and round down: a rest below one would be waited for in a busy loop.
    private static TimeSpan WholeMilliseconds(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
}
