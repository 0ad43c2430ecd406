using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>How the weights of a <see cref="LinearModel"/> are found.</summary>
public enum LinearMethod
{
    /// <summary>Softmax regression by AdaGrad.</summary>
    Softmax,

    /// <summary>Complement naive Bayes (Rennie et al. 2003): weights from the counts of all other classes.</summary>
    Bayes,

    /// <summary>The mean of softmax's and Bayes' calibrated scores, which is linear too: the default.</summary>
    Blend,

    /// <summary>Support vector machines, each class against all others.</summary>
    Svm,
}

/// <summary>How a <see cref="LinearModel"/> is trained.</summary>
public sealed record LinearTrainerOptions
{
    /// <summary>Which of the models.</summary>
    public LinearMethod Method { get; init; } = LinearMethod.Blend;

    /// <summary>The n-grams.</summary>
    public FeatureOptions Features { get; init; } = new();

    /// <summary>Passes over the documents; support vector machines take three times as many.</summary>
    public int Epochs { get; init; } = 4;

    /// <summary>AdaGrad's step.</summary>
    public float LearningRate { get; init; } = 0.2f;

    /// <summary>C of the support vector machines: what an error costs against the size of the weights.</summary>
    public float Penalty { get; init; } = 1;

    /// <summary>Documents in which a feature must occur to be kept.</summary>
    public int MinDocuments { get; init; } = 3;

    /// <summary>Added to every count of naive Bayes.</summary>
    public float Smoothing { get; init; } = 2;

    /// <summary>The seed of the order of the documents and of the part that calibrates.</summary>
    public long Seed { get; init; } = 1;

    /// <exception cref="OptionException">An option is out of range.</exception>
    internal void Validate()
    {
        Features.Validate();
        if (Epochs is < 1 or > 1000)
            throw new OptionException("labeller.epochs", $"is {Epochs}.", "Set it between 1 and 1000.");
        if (!(LearningRate > 0))
            throw new OptionException("labeller.learning_rate", $"is {LearningRate}.", "Set it above 0, for example 0.2.");
        if (!(Penalty > 0))
            throw new OptionException("labeller.penalty", $"is {Penalty}.", "Set it above 0, for example 1.");
        if (MinDocuments < 1)
            throw new OptionException("labeller.min_documents", $"is {MinDocuments}.", "Set it to 1 or more.");
        if (!(Smoothing > 0))
            throw new OptionException("labeller.smoothing", $"is {Smoothing}.", "Set it above 0, for example 2.");
    }
}
