namespace ExpertDivergence.Labeling;

/// <summary>A labeller's quality on documents whose labels are known.</summary>
/// <param name="Method">What labelled: <c>detect</c>, <c>lexicon</c>, <c>softmax</c> …</param>
/// <param name="Scheme"><c>3</c> or <c>49</c>.</param>
/// <param name="Split"><c>document</c>, <c>source</c>, or <c>none</c> where nothing was trained on these documents.</param>
public sealed record EvaluationResult(string Method, string Scheme, string Split)
{
    /// <summary>Documents labelled.</summary>
    public long Documents => Confusion.Total;

    /// <summary>Documents of classes that had no text to train on.</summary>
    public long Untestable { get; internal set; }

    /// <summary>The share that is right.</summary>
    public double Accuracy => Confusion.Accuracy;

    /// <summary>The mean of F1 over the classes.</summary>
    public double MacroF1 => Confusion.MacroF1;

    /// <summary>Expected calibration error.</summary>
    public double CalibrationError => Calibration.ExpectedError;

    /// <summary>Truths and predictions.</summary>
    public ConfusionMatrix Confusion { get; } = new();

    /// <summary>Confidences.</summary>
    public Calibration Calibration { get; } = new();

    internal void Add(string truth, DomainLabel label, string prediction)
    {
        Confusion.Add(truth, prediction);
        Calibration.Add(label.Confidence, truth == prediction);
    }
}
