namespace ExpertDivergence.Training;

/// <summary>Time on a number of GPUs.</summary>
/// <param name="Gpus">How many.</param>
/// <param name="Days">tokens · FLOPs per token / (GPUs · peak · MFU) / 86,400.</param>
public sealed record RunTime(int Gpus, double Days);

/// <summary>What training an arm with one seed takes, by arithmetic alone: nothing is allocated. The formulas stand in <c>docs/scale.md</c>.</summary>
public sealed record TrainingEstimate
{
    private static readonly int[] s_gpus = [1, 8, 64];

    /// <summary>The model's weights.</summary>
    public required ParameterCounts Parameters { get; init; }

    /// <summary>Memory of one rank.</summary>
    public required MemoryEstimate Memory { get; init; }

    /// <summary>Whether a rank's memory fits one GPU with everything kept.</summary>
    public required bool Fits { get; init; }

    /// <summary>Whether it fits with layers computed again.</summary>
    public required bool FitsRecomputed { get; init; }

    /// <summary>Tokens of the run: steps · sequences a step · L.</summary>
    public required long Tokens { get; init; }

    /// <summary>Operations of the model on one token, forward and back (<see cref="TrainingReport.CountFlops"/>).</summary>
    public required long FlopsPerToken { get; init; }

    /// <summary>Operations that are executed a token: <see cref="FlopsPerToken"/>, a third more for layers that are computed again, and a third more
    /// for a pass in which losses of the whole step look ahead.</summary>
    public required long ExecutedFlopsPerToken { get; init; }

    /// <summary>Disk of the run.</summary>
    public required DiskEstimate Disk { get; init; }

    /// <summary>Time on 1, 8 and 64 GPUs.</summary>
    public required IReadOnlyList<RunTime> Time { get; init; }

    /// <summary>Estimates a run.</summary>
    /// <exception cref="Core.OptionException">A value of the request is out of its range.</exception>
    public static TrainingEstimate Of(EstimateRequest request)
    {
        request = request.Validate() with { Model = request.Model.Validate(), Training = request.Training.Validate() };
        var (total, active) = request.Model.CountParameters();
        var training = request.Training;
        var memory = MemoryEstimate.Of(request);
        var tokens = (long)training.Steps * training.BatchSize * request.Length;
        var flops = TrainingReport.CountFlops(request.Model, request.Length);
        var extraPasses = (training.ActivationCheckpointing == ActivationCheckpointing.Layer ? 1 : 0)
            + (training.Accumulation > 1 && request.Losses.Any(loss => loss is Modeling.ILookAheadLoss { LooksAhead: true }) ? 1 : 0);
        var device = request.DeviceGibibytes * (1L << 30);
        return new TrainingEstimate
        {
            Parameters = new ParameterCounts(total, active),
            Memory = memory,
            Fits = memory.Total <= device,
            FitsRecomputed = memory.TotalRecomputed <= device,
            Tokens = tokens,
            FlopsPerToken = flops,
            ExecutedFlopsPerToken = flops + (extraPasses * flops / 3),
            Disk = DiskEstimate.Of(request, tokens),
            Time = [.. s_gpus.Select(n => new RunTime(n, (double)tokens * flops / (n * request.PeakTeraflops * 1e12 * request.Mfu) / 86_400))],
        };
    }
}
