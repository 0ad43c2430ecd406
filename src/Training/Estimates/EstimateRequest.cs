using ExpertDivergence.Core;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>What run to estimate, and on which GPUs.</summary>
public sealed record EstimateRequest
{
    /// <summary>The model's shape.</summary>
    public required ModelOptions Model { get; init; }

    /// <summary>How it is trained.</summary>
    public required TrainingOptions Training { get; init; }

    /// <summary>L: tokens of a sequence.</summary>
    public required int Length { get; init; }

    /// <summary>The arm's auxiliary losses.</summary>
    public IReadOnlyList<ILoss> Losses { get; init; } = [];

    /// <summary>Model FLOPs utilisation: the share of the GPU's peak that the model's own operations reach.</summary>
    public double Mfu { get; init; } = 0.4;

    /// <summary>Peak of one GPU, 10¹² operations a second; 989 is an H100 SXM's for dense bfloat16 products.</summary>
    public double PeakTeraflops { get; init; } = 989;

    /// <summary>Memory of one GPU, GiB.</summary>
    public double DeviceGibibytes { get; init; } = 80;

    /// <summary>Bytes of a number that matrices are multiplied in: 2 or 4.</summary>
    internal int OperandBytes => Training.Precision == Precision.Bf16 ? 2 : 4;

    /// <summary>Tokens that go through the model at once on one rank.</summary>
    internal long MicroBatchTokens => (long)Training.BatchSize / (Training.Ranks * Training.Accumulation) * Length;

    /// <summary>Whether the step runs through the fused operators of the host.</summary>
    internal bool IsFused => Training.Device == TrainingDevice.Cpu && Training.Kernels != StepKernels.Composite
        && Model.Dim % 16 == 0 && Model.ExpertWidth % 16 == 0 && Model.ResolvedHeadDim % 16 == 0;

    /// <summary>What of the experts' insides the losses keep.</summary>
    internal RoutingCapture Capture => Losses.Aggregate(RoutingCapture.None, (all, loss) => all | loss.Capture);

    /// <summary>Checks the numbers that belong to no recipe.</summary>
    /// <exception cref="OptionException">One is out of its range.</exception>
    internal EstimateRequest Validate()
    {
        if (Mfu is not (> 0 and <= 1))
            throw new OptionException("mfu", FormattableString.Invariant($"{Mfu} is no share of the peak"), "Set it above 0, at most 1.");
        if (!(PeakTeraflops > 0 && double.IsFinite(PeakTeraflops)))
            throw new OptionException("peak-tflops", FormattableString.Invariant($"{PeakTeraflops} is no speed"), "Set it above 0.");
        if (!(DeviceGibibytes > 0 && double.IsFinite(DeviceGibibytes)))
            throw new OptionException("gpu-memory", FormattableString.Invariant($"{DeviceGibibytes} is no size"), "Set it above 0.");
        return this;
    }
}
