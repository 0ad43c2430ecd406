using ExpertDivergence.Core;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>What a training pass is made of.</summary>
public enum StepKernels
{
    /// <summary>Fused operators where they take the model's shape and device, else <see cref="Composite"/>.</summary>
    Auto,

    /// <summary>A few large operators; an error where they do not take the model.</summary>
    Fused,

    /// <summary>libtorch's operators one by one, on any device; bfloat16 by its autocast.</summary>
    Composite,
}

/// <summary>Chooses a model's training pass.</summary>
public static class StepKernelsExtensions
{
    /// <summary>Sets the model up for training in a precision.</summary>
    /// <exception cref="OptionException">The choice does not go with the model's shape or device.</exception>
    public static void Apply(this StepKernels kernels, MoeTransformer model, Precision precision)
    {
        if (kernels == StepKernels.Fused || (kernels == StepKernels.Auto && model.SupportsFusedStep))
            model.UseFusedStep(precision);
        else
            model.UseComposite(precision);
    }
}
