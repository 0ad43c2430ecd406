using ExpertDivergence.Core;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training.Bench;

/// <summary>How fast an arm is beside another.</summary>
/// <param name="Ratio">Its tokens per second by the other's: the mean over pairs of steps of the logarithm, taken back.</param>
/// <param name="Low">Lower end of the 95 % interval, by bootstrap over the pairs.</param>
/// <param name="High">Upper end.</param>
/// <param name="Pairs">The ratio of each pair.</param>
public sealed record StepPairsResult(double Ratio, double Low, double High, IReadOnlyList<double> Pairs);

/// <summary>Two arms in one process, a step of one beside a step of the other on the same batch, first and second by turns: what
/// disturbs the machine disturbs both.</summary>
public static class StepPairs
{
    private const int WarmUp = 3;
    private const int Resamples = 2000;

    /// <summary>Measures.</summary>
    /// <param name="baseline">The arm that is compared with.</param>
    /// <param name="arm">The arm.</param>
    /// <param name="pairs">Pairs of steps.</param>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    public static StepPairsResult Run(TrainingBenchOptions baseline, TrainingBenchOptions arm, int pairs)
    {
        using var thread = new TorchThread("bench");
        return thread.Run(() => RunHere(baseline, arm, pairs));
    }

    private static StepPairsResult RunHere(TrainingBenchOptions baseline, TrainingBenchOptions arm, int pairs)
    {
        using var first = new TimedTrainer(baseline, pairs + WarmUp);
        using var second = new TimedTrainer(arm, pairs + WarmUp);
        var logs = new List<double>(pairs);
        for (var pair = 0; pair < pairs + WarmUp; pair++)
        {
            double a, b;
            if (pair % 2 == 0)
                (a, b) = (first.Step(), second.Step());
            else
                (b, a) = (second.Step(), first.Step());
            if (pair >= WarmUp)
                logs.Add(Math.Log(a / b));
        }

        var random = new KeyedRandom(1, "step-pairs");
        var means = Enumerable.Range(0, Resamples).Select(_ => Enumerable.Range(0, pairs).Average(_ => logs[(int)(random.NextDouble() * pairs)])).Order().ToArray();
        return new StepPairsResult(Math.Exp(logs.Average()), Math.Exp(means[Resamples / 40]), Math.Exp(means[Resamples - 1 - (Resamples / 40)]), [.. logs.Select(Math.Exp)]);
    }
}
