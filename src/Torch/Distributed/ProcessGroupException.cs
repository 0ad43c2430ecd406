using ExpertDivergence.Core;

namespace ExpertDivergence.Torch;

/// <summary>Ranks could not find each other, or one of them ended, failed or fell silent.</summary>
/// <param name="rank">The rank that says so.</param>
/// <param name="world">How many ranks there are.</param>
/// <param name="message">What happened, without the rank.</param>
/// <param name="remedy">What to do about it.</param>
/// <param name="inner">libtorch's words.</param>
public sealed class ProcessGroupException(int rank, int world, string message, string remedy, Exception? inner = null)
    : EdlException(FormattableString.Invariant($"rank {rank} of {world}: {message}"), remedy, inner)
{
    /// <summary>The rank that says so.</summary>
    public int Rank { get; } = rank;

    /// <summary>How many ranks there are.</summary>
    public int World { get; } = world;

    /// <summary>The ranks at fault, where they are known.</summary>
    public IReadOnlyList<int> Peers { get; init; } = [];
}
