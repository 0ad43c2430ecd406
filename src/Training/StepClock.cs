using System.Diagnostics;

namespace ExpertDivergence.Training;

/// <summary>Time and throughput by logged step: <c>timing.csv</c>, which no result depends on and no hash covers.</summary>
internal sealed class StepClock
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Stopwatch _run = Stopwatch.StartNew();
    private double _secondsBefore;
    private double _lastSeconds;
    private long _lastTokens;

    /// <summary>The rows so far: training seconds since the first step, interruptions left out, and tokens a second since the row before.</summary>
    public MetricsTable Table { get; private set; } = new(["step", "seconds", "tokens_per_second"]);

    /// <summary>Tokens a second in the newest row.</summary>
    public double TokensPerSecond { get; private set; }

    /// <summary>Adds a row.</summary>
    public void Log(int step, long tokens)
    {
        var seconds = Seconds;
        TokensPerSecond = (tokens - _lastTokens) / Math.Max(seconds - _lastSeconds, 1e-9);
        (_lastSeconds, _lastTokens) = (seconds, tokens);
        Table.Add(step, Math.Round(seconds, 3), Math.Round(TokensPerSecond, 1));
    }

    /// <summary>Seconds of training since the first step.</summary>
    public double Seconds => _secondsBefore + _watch.Elapsed.TotalSeconds;

    /// <summary>Minutes since the run was prepared, whatever it did; an interrupted run's do not count.</summary>
    public double RunMinutes => _run.Elapsed.TotalMinutes;

    /// <summary>Stops until what it gives is disposed: what is done meanwhile is no training.</summary>
    public IDisposable Pause() => new Paused(_watch);

    /// <summary>Goes on from the rows of an interrupted run.</summary>
    public void Resume(MetricsTable table, long tokens)
    {
        Table = table;
        _lastSeconds = _secondsBefore = table.Rows.Count > 0 ? table.Rows[^1][1] : 0.0;
        _lastTokens = tokens;
        _watch.Restart();
    }

    private sealed class Paused : IDisposable
    {
        private readonly Stopwatch _watch;

        public Paused(Stopwatch watch)
        {
            _watch = watch;
            _watch.Stop();
        }

        public void Dispose() => _watch.Start();
    }
}
