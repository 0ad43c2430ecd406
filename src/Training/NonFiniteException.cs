using ExpertDivergence.Core;

namespace ExpertDivergence.Training;

/// <summary>A loss or a gradient became infinite or not a number; the weights are still those of the step before.</summary>
/// <param name="step">The step, counted from 1.</param>
/// <param name="culprit">The loss (<c>loss 'divergence'</c>) or the parameter (<c>the gradient of 'lm_head.weight'</c>) at fault.</param>
/// <param name="value">What it is.</param>
public sealed class NonFiniteException(int step, string culprit, double value) : EdlException(
    FormattableString.Invariant($"step {step}: {culprit} is {value}; the weights were not touched by this step"),
    "Lower train.learning_rate or the coefficient of the loss named, or lengthen train.warmup_steps.")
{
    /// <summary>The step, counted from 1.</summary>
    public int Step { get; } = step;

    /// <summary>The loss or parameter at fault.</summary>
    public string Culprit { get; } = culprit;
}
