namespace ExpertDivergence.Labeling;

/// <summary>Documents as sparse vectors: what a linear model is trained on. Memory is 8 bytes a distinct n-gram of a document.</summary>
/// <param name="options">The n-grams.</param>
public sealed class TrainingSet(FeatureOptions options)
{
    private readonly TextFeatures _features = new(options);
    private readonly List<SparseDocument> _documents = [];

    /// <summary>The n-grams.</summary>
    public FeatureOptions Options => options;

    /// <summary>The documents added.</summary>
    public int Count => _documents.Count;

    internal IReadOnlyList<SparseDocument> Documents => _documents;

    /// <summary>Adds a document.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="label">Its class.</param>
    public void Add(string text, string label) => _documents.Add(Vectorize(text, label));

    internal void Add(SparseDocument document) => _documents.Add(document);

    internal SparseDocument Vectorize(string text, string label)
    {
        _features.Read(text);
        var buckets = _features.Buckets.ToArray();
        Array.Sort(buckets);
        return new(label, buckets, Array.ConvertAll(buckets, b => LinearModel.LogOf(_features.Count(b))));
    }
}

/// <summary>A document: its class, and its buckets (ascending) with log(1 + count).</summary>
internal sealed record SparseDocument(string Label, int[] Buckets, float[] Values);
