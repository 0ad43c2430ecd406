using System.Globalization;
using System.Text;

namespace ExpertDivergence.Labeling;

/// <summary>How often each class was taken for each.</summary>
public sealed class ConfusionMatrix
{
    private readonly SortedDictionary<(string Truth, string Prediction), long> _counts = [];

    /// <summary>Documents counted.</summary>
    public long Total { get; private set; }

    /// <summary>The classes that occur as truth or prediction, in ordinal order.</summary>
    public IReadOnlyList<string> Classes => [.. _counts.Keys.SelectMany(k => (string[])[k.Truth, k.Prediction]).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The share of documents whose prediction is the truth.</summary>
    public double Accuracy => Total == 0 ? 0 : (double)_counts.Where(c => c.Key.Truth == c.Key.Prediction).Sum(c => c.Value) / Total;

    /// <summary>The unweighted mean of F1 over the classes that occur as truth.</summary>
    public double MacroF1 => _counts.Count == 0 ? 0 : _counts.Keys.Select(k => k.Truth).Distinct().Average(F1);

    /// <summary>Counts a document.</summary>
    public void Add(string truth, string prediction)
    {
        Total++;
        _counts[(truth, prediction)] = this[truth, prediction] + 1;
    }

    /// <summary>Documents of a class that were taken for another or itself.</summary>
    public long this[string truth, string prediction] => _counts.GetValueOrDefault((truth, prediction));

    /// <summary>2 · right / (documents of the class + documents taken for it); 0 where it never occurs.</summary>
    public double F1(string name)
    {
        var truth = _counts.Where(c => c.Key.Truth == name).Sum(c => c.Value);
        var taken = _counts.Where(c => c.Key.Prediction == name).Sum(c => c.Value);
        return truth + taken == 0 ? 0 : 2.0 * this[name, name] / (truth + taken);
    }

    /// <summary>Rows <c>truth,prediction,documents,share_of_truth</c>, those that occur.</summary>
    public string ToCsv()
    {
        var csv = new StringBuilder("truth,prediction,documents,share_of_truth\n");
        var totals = _counts.GroupBy(c => c.Key.Truth).ToDictionary(g => g.Key, g => g.Sum(c => c.Value));
        foreach (var ((truth, prediction), documents) in _counts)
            csv.Append(CultureInfo.InvariantCulture, $"{Quoted(truth)},{Quoted(prediction)},{documents},{(double)documents / totals[truth]:R}\n");
        return csv.ToString();
    }

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
