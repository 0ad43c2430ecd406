using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training.Bench;

/// <summary>What is measured.</summary>
public sealed record TrainingBenchOptions
{
    /// <summary>The model.</summary>
    public required ModelOptions Model { get; init; }

    /// <summary>B: sequences a step.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Steps that are timed.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>Steps before them.</summary>
    public int WarmUp { get; init; } = 3;

    /// <summary>A packed set to train on, of the model's vocabulary and length; null for random tokens, whose routing is even.</summary>
    public string? Pack { get; init; }

    /// <summary>Number of random domains.</summary>
    public int Domains { get; init; } = 49;

    /// <summary>Native threads.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Where it runs.</summary>
    public TrainingDevice Device { get; init; }

    /// <summary>What matrices are multiplied in.</summary>
    public Precision Precision { get; init; }

    /// <summary>What a pass is made of.</summary>
    public StepKernels Kernels { get; init; }

    /// <summary>Tokens of a step.</summary>
    public double TokensPerStep => (double)Batch * Model.MaxPositions;

    /// <summary>The auxiliary losses.</summary>
    public required IReadOnlyList<ILoss> Losses { get; init; }
}

/// <summary>What came out.</summary>
/// <param name="TokensPerSecond">By the median step.</param>
/// <param name="Loss">Of the last step, every loss of it.</param>
/// <param name="StepSeconds">Each timed step, sorted.</param>
/// <param name="DataWait">The share of the time that steps waited for their batch.</param>
public sealed record TrainingBenchResult(double TokensPerSecond, double Loss, IReadOnlyList<double> StepSeconds, double DataWait);

/// <summary>Whole training steps of the trainer itself, timed: batch, pass, gradient, clipping, optimizer.</summary>
public static class TrainingBench
{
    /// <summary>Measures.</summary>
    /// <exception cref="Core.OptionException">An option is out of its range.</exception>
    public static TrainingBenchResult Run(TrainingBenchOptions options)
    {
        using var thread = new TorchThread("bench");
        return thread.Run(() => RunHere(options));
    }

    private static TrainingBenchResult RunHere(TrainingBenchOptions options)
    {
        using var run = new TimedTrainer(options, options.Steps + options.WarmUp);
        for (var step = 0; step < options.WarmUp; step++)
            run.StepAhead();
        run.Waited = 0;
        var seconds = Enumerable.Range(0, options.Steps).Select(_ => run.StepAhead()).Order().ToList();
        return new TrainingBenchResult(options.TokensPerStep / seconds[seconds.Count / 2], run.LastLoss, seconds, run.Waited / seconds.Sum());
    }
}
