using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace ExpertDivergence.Torch;

/// <summary>One dedicated thread for native work.</summary>
/// <remarks>The OpenMP library keeps a pool of threads for every thread that calls it: work that hops between callers has several
/// pools fight for the same cores. Training, evaluation and generation therefore each run whole on one such thread.</remarks>
public sealed class TorchThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Its name, for debuggers.</param>
    public TorchThread(string name = "torch")
    {
        _thread = new Thread(Loop, maxStackSize: 16 << 20) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Runs the work on the thread and waits for its result; its exception is rethrown here. On the thread itself the work
    /// runs at once.</summary>
    public T Run<T>(Func<T> work)
    {
        if (Thread.CurrentThread == _thread) return work();
        T result = default!;
        ExceptionDispatchInfo? error = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        error?.Throw();
        return result;
    }

    /// <inheritdoc cref="Run{T}"/>
    public void Run(Action work) => Run<object?>(() =>
    {
        work();
        return null;
    });

    /// <summary>Ends the thread after the work it has.</summary>
    public void Dispose()
    {
        if (_work.IsAddingCompleted) return;
        _work.CompleteAdding();
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable()) work();
    }
}
