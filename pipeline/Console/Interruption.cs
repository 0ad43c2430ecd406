using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ExpertDivergence.Pipeline.Console;

/// <summary>Ctrl-C and SIGTERM as a cancellation: the running stage saves what it can resume from; a second one ends at once.</summary>
/// <remarks>A terminal signals every process of the command, and the scheduler passes it on to the stages: what comes twice within
/// a moment counts once.</remarks>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _source = new();
    private readonly Stopwatch _sinceFirst = new();
    private readonly PosixSignalRegistration[] _signals;

    public Interruption() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];

    public CancellationToken Token => _source.Token;

    /// <summary>Ends the program when a stream does: the standard input of a rank or a stage, which whoever started it holds open.</summary>
    public void When(Stream ends) => new Thread(() =>
    {
        try
        {
            while (ends.ReadByte() >= 0)
            {
            }
        }
        catch (IOException)
        {
            // As good as its end.
        }

        _sinceFirst.Start();
        _source.Cancel();
    }) { IsBackground = true, Name = "launcher watch" }.Start();

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = !_source.IsCancellationRequested || _sinceFirst.Elapsed < s_moment;
        _sinceFirst.Start();
        _source.Cancel();
    }
}
