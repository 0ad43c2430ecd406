namespace ExpertDivergence.Labeling;

/// <summary>How well confidences tell accuracy: bins of equal width over 0 … 1.</summary>
public sealed class Calibration
{
    private const int BinCount = 10;

    private readonly long[] _documents = new long[BinCount];
    private readonly long[] _right = new long[BinCount];
    private readonly double[] _confidence = new double[BinCount];

    /// <summary>The bins that hold documents.</summary>
    public IReadOnlyList<CalibrationBin> Bins => [.. Enumerable.Range(0, BinCount).Where(b => _documents[b] > 0).Select(b => new CalibrationBin(
        (double)b / BinCount, (b + 1.0) / BinCount, _documents[b], _confidence[b] / _documents[b], (double)_right[b] / _documents[b]))];

    /// <summary>Expected calibration error: Σ over bins of documents / all · |accuracy − mean confidence|.</summary>
    public double ExpectedError => _documents.Sum() is var all and > 0 ? Bins.Sum(b => b.Documents * Math.Abs(b.Accuracy - b.Confidence)) / all : 0;

    /// <summary>Counts a document.</summary>
    /// <param name="confidence">0 … 1.</param>
    /// <param name="right">Whether the prediction is the truth.</param>
    public void Add(double confidence, bool right)
    {
        var bin = Math.Clamp((int)(confidence * BinCount), 0, BinCount - 1);
        _documents[bin]++;
        _right[bin] += right ? 1 : 0;
        _confidence[bin] += confidence;
    }
}

/// <summary>One bin of confidences.</summary>
/// <param name="From">Its lower end.</param>
/// <param name="To">Its upper end.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Confidence">Their mean confidence.</param>
/// <param name="Accuracy">The share of them that is right.</param>
public sealed record CalibrationBin(double From, double To, long Documents, double Confidence, double Accuracy);
