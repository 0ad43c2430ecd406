namespace ExpertDivergence.Labeling;

/// <summary>The training documents over the features that are kept: rows of the weights in place of buckets, values weighted by inverse document
/// frequency and divided by the document's norm.</summary>
internal sealed class DesignMatrix
{
    public DesignMatrix(IReadOnlyList<SparseDocument> documents, IReadOnlyList<string> classes, FeatureOptions features, int minDocuments)
    {
        var frequency = new int[1 << features.BucketBits];
        foreach (var document in documents)
            foreach (var bucket in document.Buckets)
                frequency[bucket]++;
        Buckets = [.. Enumerable.Range(0, frequency.Length).Where(b => frequency[b] >= minDocuments)];
        var rowOf = new int[frequency.Length];
        Array.Fill(rowOf, -1);
        InverseFrequency = new float[Buckets.Length];
        for (var row = 0; row < Buckets.Length; row++)
        {
            rowOf[Buckets[row]] = row;
            InverseFrequency[row] = MathF.Log((1f + documents.Count) / (1 + frequency[Buckets[row]])) + 1;
        }

        var classOf = classes.Index().ToDictionary(c => c.Item, c => c.Index, StringComparer.Ordinal);
        Rows = new int[documents.Count][];
        Values = new float[documents.Count][];
        Classes = new int[documents.Count];
        for (var d = 0; d < documents.Count; d++)
            Take(documents[d], d, rowOf, classOf);
    }

    /// <summary>The bucket of each row.</summary>
    public int[] Buckets { get; }

    public float[] InverseFrequency { get; }

    public int[][] Rows { get; }

    public float[][] Values { get; }

    public int[] Classes { get; }

    private void Take(SparseDocument document, int d, int[] rowOf, Dictionary<string, int> classOf)
    {
        var kept = document.Buckets.Count(b => rowOf[b] >= 0);
        var (rows, values) = (new int[kept], new float[kept]);
        var squares = 0f;
        var at = 0;
        for (var i = 0; i < document.Buckets.Length; i++)
        {
            var row = rowOf[document.Buckets[i]];
            if (row < 0)
                continue;
            rows[at] = row;
            values[at++] = document.Values[i] * InverseFrequency[row];
            squares += document.Values[i] * document.Values[i];
        }

        var norm = MathF.Sqrt(squares);
        for (var i = 0; i < kept; i++)
            values[i] /= norm;
        (Rows[d], Values[d], Classes[d]) = (rows, values, classOf[document.Label]);
    }
}
