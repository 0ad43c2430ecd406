using System.Diagnostics;
using System.Globalization;
using ExpertDivergence.Core;
using Spectre.Console;

namespace ExpertDivergence.Pipeline.Console;

/// <summary>Shows progress with rate and time left: one line that renews itself on a terminal, a plain line now and then elsewhere.</summary>
internal sealed class ProgressPrinter : IProgressListener
{
    private readonly Lock _lock = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private static readonly string? s_wish = Environment.GetEnvironmentVariable("EDL_PROGRESS"); // plain: no terminal; every: a line for each update
    private readonly bool _terminal = !System.Console.IsErrorRedirected && s_wish is not ("plain" or "every");
    private readonly TimeSpan _interval;
    private string? _task;
    private TimeSpan _taskBegan;
    private long _doneBefore;
    private TimeSpan _next;
    private bool _open;

    public ProgressPrinter() => _interval = TimeSpan.FromSeconds(s_wish == "every" ? 0 : _terminal ? 0.2 : 10);

    public void Report(ProgressUpdate update)
    {
        lock (_lock)
        {
            var now = _clock.Elapsed;
            if (_task != update.Task)
                (_task, _taskBegan, _doneBefore, _next) = (update.Task, now, update.Done, _terminal ? now : now + _interval);
            var finished = update.Done == update.Total;
            if (now < _next && !finished)
                return;
            _next = now + _interval;
            Write(Line(update, (now - _taskBegan).TotalSeconds, _doneBefore), close: finished);
            if (finished)
                _task = null;
        }
    }

    public void Note(string message)
    {
        lock (_lock)
            Write(message, close: true);
    }

    /// <param name="update">How far the task is.</param>
    /// <param name="seconds">Since its first update.</param>
    /// <param name="doneBefore">What was done at its first update, by an interrupted run for example.</param>
    internal static string Line(ProgressUpdate update, double seconds, long doneBefore)
    {
        var rate = seconds > 0.5 ? (update.Done - doneBefore) / seconds : 0; // earlier it says nothing
        var text = string.Create(CultureInfo.InvariantCulture, $"{update.Task}: {update.Done:N0}");
        if (update.Total is { } total)
            text += string.Create(CultureInfo.InvariantCulture, $" of {total:N0}");
        text += $" {update.Unit}";
        if (rate > 0)
            text += string.Create(CultureInfo.InvariantCulture, $", {(rate < 10 ? rate.ToString("N1", CultureInfo.InvariantCulture) : rate.ToString("N0", CultureInfo.InvariantCulture))} a second");
        if (rate > 0 && update.Total is { } end && update.Done < end)
            text += $", {Duration((end - update.Done) / rate)} left";
        return update.Note is null ? text : $"{text}, {update.Note}";
    }

    internal static string Duration(double seconds) => seconds < 90
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min");

    private void Write(string line, bool close)
    {
        if (!_terminal)
        {
            System.Console.Error.WriteLine(line);
            return;
        }

        var width = Math.Max(20, AnsiConsole.Profile.Width - 1);
        System.Console.Error.Write((_open ? "\r\u001b[K" : "") + (close || line.Length <= width ? line : line[..width]) + (close ? "\n" : ""));
        _open = !close;
    }
}
