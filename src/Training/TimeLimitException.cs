namespace ExpertDivergence.Training;

/// <summary>A run's time is over (<see cref="TrainingOptions.MaxMinutes"/>): its state is saved, and the next run goes on from there.</summary>
/// <param name="minutes">The limit.</param>
/// <param name="step">Steps done.</param>
/// <param name="steps">Steps in all.</param>
public sealed class TimeLimitException(double minutes, int step, int steps) : OperationCanceledException(FormattableString.Invariant(
    $"The {minutes} minutes of train.max_minutes are over after step {step} of {steps}; the state is saved"))
{
    /// <summary>Steps done.</summary>
    public int Step { get; } = step;
}
