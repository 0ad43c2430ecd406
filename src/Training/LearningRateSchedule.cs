namespace ExpertDivergence.Training;

/// <summary>The learning rate of a step: a linear warm-up, then a fall that ends at the minimum with the last step.</summary>
/// <param name="options">Steps, warm-up, peak, minimum and form.</param>
public sealed class LearningRateSchedule(TrainingOptions options)
{
    /// <summary>The learning rate of a step, counted from 0. The first is not 0, and the first after the warm-up is the peak.</summary>
    public double At(int step)
    {
        if (step < options.WarmupSteps)
            return options.LearningRate * (step + 1) / (options.WarmupSteps + 1);
        var remaining = Math.Max(1, options.Steps - 1 - options.WarmupSteps);
        var progress = Math.Clamp((double)(step - options.WarmupSteps) / remaining, 0.0, 1.0);
        var height = options.Schedule switch
        {
            ScheduleKind.Cosine => (1.0 + Math.Cos(Math.PI * progress)) / 2.0,
            ScheduleKind.Linear => 1.0 - progress,
            _ => 1.0,
        };
        return options.MinLearningRate + ((options.LearningRate - options.MinLearningRate) * height);
    }
}
