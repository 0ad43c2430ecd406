using System.Collections;

namespace ExpertDivergence.Data;

/// <summary>The items from where an enumerator stands until their sizes reach a limit; the enumerator then stands behind them.</summary>
internal sealed class SizedRun<T>(IEnumerator<T> inner, Func<T, long> size, long limit) : IEnumerator<T>
{
    private long _taken;

    public T Current => inner.Current;

    object? IEnumerator.Current => Current;

    public bool MoveNext()
    {
        if (_taken >= limit || !inner.MoveNext())
            return false;
        _taken += size(inner.Current);
        return true;
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose()
    {
        // The items go on in the next run.
    }
}
