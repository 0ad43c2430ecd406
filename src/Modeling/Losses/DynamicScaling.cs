using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Gives losses that ask for it a power of ten, once, at the first step: what brings them to the size of load balancing.</summary>
/// <remarks>10^round(log10(|L_balance| / |L|)), as the program released with arXiv 2505.22323 has it (its appendix: "dynamic scaling factors"), but
/// the loss measured is the one scaled. Without load balancing its size is taken as 1, its value when balanced. A loss of 0 keeps 1.</remarks>
internal sealed class DynamicScaling(IReduction reduction)
{
    private const double NotMeasured = double.NaN;
    private readonly Dictionary<string, double> _factors = [];

    /// <summary>What a loss is multiplied with.</summary>
    public double Of(ILoss loss) => Measured(loss) ? _factors[loss.Name] : 1.0;

    /// <summary>Measures what is not measured yet; waits for the device only then.</summary>
    /// <param name="losses">The losses.</param>
    /// <param name="value">A loss's value by its number.</param>
    public void Measure(IReadOnlyList<ILoss> losses, Func<int, Tensor> value)
    {
        for (var i = 0; i < losses.Count; i++)
        {
            if (!Scales(losses[i]) || Measured(losses[i]))
                continue;
            var balance = Enumerable.Range(0, losses.Count).Where(j => losses[j].Name == LoadBalancingLoss.RegistryName).Select(j => Size(value(j))).FirstOrDefault(1.0);
            var size = Size(value(i));
            if (double.IsFinite(size) && double.IsFinite(balance))
                _factors[losses[i].Name] = size > 0 && balance > 0 ? Math.Pow(10, Math.Round(Math.Log10(balance / size))) : 1.0;
        }
    }

    /// <summary>Shows the powers.</summary>
    public void Visit(StateVisitor state, IReadOnlyList<ILoss> losses)
    {
        foreach (var loss in losses.Where(Scales))
            _factors[loss.Name] = state.Value("scale." + loss.Name, _factors.GetValueOrDefault(loss.Name, NotMeasured));
    }

    private bool Measured(ILoss loss) => !double.IsNaN(_factors.GetValueOrDefault(loss.Name, NotMeasured));

    private static bool Scales(ILoss loss) => loss.Options.Scaling == "dynamic";

    // The mean over ranks, so that all of them take the same power.
    private double Size(Tensor value)
    {
        using var scope = torch.NewDisposeScope();
        return Math.Abs(reduction.Sum(value.detach().to(ScalarType.Float64)).item<double>() / reduction.Ranks);
    }
}
