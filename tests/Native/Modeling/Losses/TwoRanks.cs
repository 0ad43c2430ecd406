using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>Two ranks, the other of which adds a multiple of one's own part, or what it is told.</summary>
internal sealed class TwoRanks(double factor) : IReduction
{
    public Queue<Tensor> Others { get; } = [];

    public int Ranks => 2;

    public Tensor Sum(Tensor value) => Others.Count > 0 ? value.detach() + Others.Dequeue() : value.detach() * (1.0 + factor);
}
