using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>Makes of every rank's gradients and losses those of the whole step.</summary>
/// <remarks>Each rank's total is its share of the step's: its tokens' negative log-likelihood by the number of all ranks' tokens, and 1 / W of
/// each auxiliary loss. So gradients and totals are added up, never averaged: docs/ranks.md.</remarks>
internal static class RankGradients
{
    /// <summary>Adds up gradients and losses over all ranks, in one go; afterwards every rank has the same ones.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="parameters">What is trained; gradients are replaced in place.</param>
    /// <param name="losses">This rank's losses.</param>
    /// <returns>The step's: sums of total and language-model loss, means of auxiliary losses. They belong to the current scope.</returns>
    public static StepLosses Sum(IRankGroup ranks, IReadOnlyList<Parameter> parameters, StepLosses losses)
    {
        if (ranks.World == 1)
            return losses;
        using var noGrad = torch.no_grad();
        var numbers = Flat(losses);
        ranks.Sum([.. parameters.Select(p => p.Value.grad ?? Zero(p.Value)), numbers]);
        return Unflat(numbers, losses, ranks.World);
    }

    // A parameter that no token of this rank touched.
    private static Tensor Zero(Tensor value) => value.grad = torch.zeros_like(value);

    private static Tensor Flat(StepLosses losses) => torch.cat(
    [
        One(losses.Total), One(losses.LanguageModel), .. losses.Auxiliary.SelectMany(a => new[] { One(a.Value), a.PerLayer.to(ScalarType.Float32).flatten() }),
    ], 0);

    private static Tensor One(Tensor value) => value.to(ScalarType.Float32).view(1);

    private static StepLosses Unflat(Tensor numbers, StepLosses losses, int world)
    {
        var at = 0L;
        return new StepLosses(Take(1).view(), Take(1).view(),
            [.. losses.Auxiliary.Select(a => a with { Value = Take(1).view() / world, PerLayer = Take(a.PerLayer.numel()) / world })]);

        Tensor Take(long length)
        {
            var part = numbers.narrow(0, at, length);
            at += length;
            return part;
        }
    }
}
