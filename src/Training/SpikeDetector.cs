namespace ExpertDivergence.Training;

/// <summary>What the losses of the last steps let expect.</summary>
/// <param name="Median">Their median.</param>
/// <param name="Limit">Median + factor · robust standard deviation: a loss above it is a spike.</param>
internal readonly record struct LossBand(double Median, double Limit);

/// <summary>Tells a loss that leaps out of the recent past: beyond the median by so many robust standard deviations.</summary>
/// <remarks>The deviation is 1.4826 times the median distance from the median, which equals the standard deviation of a normal distribution and
/// does not see outliers; at least a thousandth of the median, so that a loss that stands still has a band too.</remarks>
/// <param name="factor">How many deviations; 0: no loss is a spike.</param>
internal sealed class SpikeDetector(double factor)
{
    private const int Window = 64, Fewest = 16;
    private const double NormalScale = 1.4826, SmallestShare = 1e-3;

    private readonly Queue<double> _recent = new();

    /// <summary>The losses of the last steps, oldest first.</summary>
    public IReadOnlyCollection<double> Recent => _recent;

    /// <summary>Takes the loss of the next step.</summary>
    /// <returns>The band that it lies above; null where it is no spike.</returns>
    public LossBand? Observe(double loss)
    {
        var band = _recent.Count < Fewest || factor == 0 ? null : (LossBand?)Band();
        _recent.Enqueue(loss);
        if (_recent.Count > Window)
            _recent.Dequeue();
        return band is { } found && loss > found.Limit ? band : null;
    }

    /// <summary>Goes on from the losses of an interrupted run.</summary>
    public void Resume(IEnumerable<double> recent)
    {
        _recent.Clear();
        foreach (var loss in recent)
            _recent.Enqueue(loss);
    }

    private LossBand Band()
    {
        var median = Median(_recent);
        var deviation = NormalScale * Median(_recent.Select(loss => Math.Abs(loss - median)));
        return new LossBand(median, median + (factor * Math.Max(deviation, SmallestShare * Math.Abs(median))));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
