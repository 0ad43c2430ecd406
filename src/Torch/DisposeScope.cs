namespace ExpertDivergence.Torch;

/// <summary>Frees, at its end, every tensor that its thread made inside it and that was not moved out.</summary>
/// <remarks>Scopes nest; a tensor belongs to the innermost one of the thread that makes it. A scope is ended by the thread that began
/// it. Closing an outer scope closes those inside it.</remarks>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] private static DisposeScope? t_current;

    private readonly List<Tensor> _tensors = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private bool _closed;

    internal DisposeScope()
    {
        Outer = t_current;
        t_current = this;
    }

    internal static DisposeScope? Current => t_current;

    internal DisposeScope? Outer { get; }

    /// <summary>How many tensors would be freed now.</summary>
    public int DisposablesCount => _tensors.Count;

    /// <summary>Moves a tensor to the scope around this one; without one it belongs to none.</summary>
    public Tensor MoveToOuter(Tensor tensor) => tensor.MoveTo(Outer);

    /// <summary>Takes a tensor out of every scope: whoever holds it disposes it.</summary>
    public Tensor Detach(Tensor tensor) => tensor.MoveTo(null);

    /// <summary>Puts a tensor into this scope, whichever it was in.</summary>
    public Tensor Attach(Tensor tensor) => tensor.MoveTo(this);

    internal void Add(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        tensor.ScopeIndex = _tensors.Count;
        _tensors.Add(tensor);
    }

    // The last one takes the place of the one removed, so that disposing early costs the same in a scope of any size.
    internal void Remove(Tensor tensor)
    {
        var last = _tensors[^1];
        _tensors[tensor.ScopeIndex] = last;
        last.ScopeIndex = tensor.ScopeIndex;
        _tensors.RemoveAt(_tensors.Count - 1);
    }

    /// <summary>Ends the scope and frees what is in it.</summary>
    /// <exception cref="InvalidOperationException">Another thread began it.</exception>
    public void Dispose()
    {
        if (_closed) return;
        if (_thread != Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException("a DisposeScope is ended by the thread that began it");
        }
        while (t_current is { } inner && inner != this) inner.Dispose();
        _closed = true;
        t_current = Outer;
        while (_tensors.Count > 0) _tensors[^1].Dispose();
    }
}
