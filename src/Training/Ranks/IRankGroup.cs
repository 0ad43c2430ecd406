using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>The ranks of a run as one of them sees them. Every rank makes the same calls in the same order, from one thread.</summary>
/// <remarks>Calls that wait for others end with a <see cref="ProcessGroupException"/> that names the rank at fault when one is gone, has
/// failed or does not take part.</remarks>
public interface IRankGroup : IDisposable
{
    /// <summary>This process's number, from 0.</summary>
    int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    int World { get; }

    /// <summary>Replaces each tensor by its sum over all ranks, the same to the bit on each.</summary>
    void Sum(params IReadOnlyList<Tensor> tensors);

    /// <summary>Whether any rank says yes: a decision that all ranks take at the same step.</summary>
    bool Any(bool mine);

    /// <summary>Rank 0 does something; every rank goes on when it is done, however long it takes.</summary>
    /// <param name="what">What it does, for messages: <c>writing the state of step 100</c>.</param>
    /// <param name="work">What only rank 0 does.</param>
    void OnFirst(string what, Action work);

    /// <summary>Rank 0 works out a text; every rank gets it, however long it takes.</summary>
    /// <param name="what">What it does, for messages.</param>
    /// <param name="make">What only rank 0 does.</param>
    string FromFirst(string what, Func<string> make);

    /// <summary>Tells the other ranks why this one ends, so that they can say so.</summary>
    void Fail(string words);

    /// <summary>Ends all ranks when any was interrupted.</summary>
    /// <exception cref="OperationCanceledException">One was.</exception>
    void EndIfInterrupted(CancellationToken cancellation)
    {
        if (Any(cancellation.IsCancellationRequested))
            throw Interrupted(cancellation);
    }

    /// <summary>The word that a rank ends with when it or another was interrupted.</summary>
    static OperationCanceledException Interrupted(CancellationToken cancellation) => cancellation.IsCancellationRequested
        ? new OperationCanceledException(cancellation)
        : new OperationCanceledException("Another rank was interrupted");
}

/// <summary>One rank: nothing to wait for.</summary>
public sealed class OneRank : IRankGroup
{
    private OneRank()
    {
    }

    /// <summary>The one instance.</summary>
    public static OneRank Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int World => 1;

    /// <inheritdoc/>
    public void Sum(params IReadOnlyList<Tensor> tensors)
    {
    }

    /// <inheritdoc/>
    public bool Any(bool mine) => mine;

    /// <inheritdoc/>
    public void OnFirst(string what, Action work) => work();

    /// <inheritdoc/>
    public string FromFirst(string what, Func<string> make) => make();

    /// <inheritdoc/>
    public void Fail(string words)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
