using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Adds domain sums and loads over ranks.</summary>
internal sealed class RankReduction : IReduction
{
    private readonly IRankGroup _ranks;

    private RankReduction(IRankGroup ranks) => _ranks = ranks;

    /// <summary>Adds over a group; null where there is one rank.</summary>
    public static IReduction? Of(IRankGroup ranks) => ranks.World == 1 ? null : new RankReduction(ranks);

    /// <inheritdoc/>
    public int Ranks => _ranks.World;

    /// <inheritdoc/>
    public Tensor Sum(Tensor value)
    {
        using var noGrad = torch.no_grad();
        var sum = value.detach().clone();
        _ranks.Sum(sum);
        return sum;
    }
}
