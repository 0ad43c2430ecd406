using System.Collections;

namespace ExpertDivergence.Data;

/// <summary>An enumerator that knows whether there is another item.</summary>
internal sealed class Lookahead<T>(IEnumerator<T> inner) : IEnumerator<T>
{
    private bool _fetched;
    private bool _hasNext;
    private T _current = default!;

    public T Current => _current;

    object? IEnumerator.Current => _current;

    public bool HasNext
    {
        get
        {
            if (!_fetched)
                (_fetched, _hasNext) = (true, inner.MoveNext());
            return _hasNext;
        }
    }

    public bool MoveNext()
    {
        if (!HasNext)
            return false;
        (_current, _fetched) = (inner.Current, false);
        return true;
    }

    public void Reset() => throw new NotSupportedException();

    public void Dispose() => inner.Dispose();
}
