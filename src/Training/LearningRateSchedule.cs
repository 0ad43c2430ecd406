namespace ExpertDivergence.Training;

/// <summary>The learning rate of a step: a linear warm-up, then, at once or after a stable stretch, a fall that ends at the minimum
/// with the last step.</summary>
/// <param name="options">Steps, warm-up, peak, minimum, form and decay.</param>
public sealed class LearningRateSchedule(TrainingOptions options)
{
    /// <summary>The learning rate of a step, counted from 0. The first is not 0, and the first after the warm-up is the peak.</summary>
    public double At(int step)
    {
        if (step < options.WarmupSteps)
            return options.LearningRate * (step + 1) / (options.WarmupSteps + 1);
        if (options.Schedule == ScheduleKind.Wsd)
            return Between(Decay(step));
        var remaining = Math.Max(1, options.Steps - 1 - options.WarmupSteps);
        var progress = Math.Clamp((double)(step - options.WarmupSteps) / remaining, 0.0, 1.0);
        var height = options.Schedule switch
        {
            ScheduleKind.Cosine => (1.0 + Math.Cos(Math.PI * progress)) / 2.0,
            ScheduleKind.Linear => 1.0 - progress,
            _ => 1.0,
        };
        return Between(height);
    }

    private double Between(double height) => options.MinLearningRate + ((options.LearningRate - options.MinLearningRate) * height);

    // The first step of the decay is already below the peak; the last step is at the minimum.
    private double Decay(int step)
    {
        var progress = Math.Max(0.0, (double)(step + 1 - (options.Steps - options.DecaySteps)) / options.DecaySteps);
        return options.DecayForm switch
        {
            DecayForm.Linear => 1.0 - progress,
            DecayForm.Cosine => (1.0 + Math.Cos(Math.PI * progress)) / 2.0,
            _ => 1.0 - Math.Sqrt(progress),
        };
    }
}
