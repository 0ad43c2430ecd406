using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Adds small tensors over the ranks of a run: the counts and sums that domain means and loads are made of.</summary>
/// <remarks>No gradient passes through: what other ranks add is a constant here, and each rank's own part keeps its gradient
/// (<see cref="StepScope.Total"/>).</remarks>
public interface IReduction
{
    /// <summary>How many ranks take part.</summary>
    int Ranks { get; }

    /// <summary>The sum over all ranks, the same bytes on each; every rank calls it equally often with the same shape.</summary>
    /// <param name="value">This rank's part; left as it is.</param>
    /// <returns>A tensor of its own, without gradient.</returns>
    Tensor Sum(Tensor value);
}

/// <summary>A run of one rank: every sum is its only part.</summary>
public sealed class SingleRank : IReduction
{
    /// <summary>The only one.</summary>
    public static SingleRank Instance { get; } = new();

    /// <inheritdoc/>
    public int Ranks => 1;

    /// <inheritdoc/>
    public Tensor Sum(Tensor value) => value.detach();
}
