namespace ExpertDivergence.Data;

/// <summary>What was left out and why: counts by reason, and the first few of each by file and line.</summary>
public sealed class LeftOut
{
    private const int ExamplesOfAReason = 5;

    private readonly SortedDictionary<string, long> _byReason = new(StringComparer.Ordinal);
    private readonly List<LeftOutExample> _examples = [];

    /// <summary>Left out in all.</summary>
    public long Total { get; private set; }

    /// <summary>Left out by reason: of the readers <c>too_long</c>, <c>not_utf8</c>, <c>not_json</c>, <c>not_csv</c>, <c>no_text</c>,
    /// <c>null_text</c>, <c>empty</c>, <c>bad_field</c>; of the rules <c>duplicate</c>, <c>near_duplicate</c>, <c>benchmark_overlap</c>.</summary>
    public IReadOnlyDictionary<string, long> ByReason => _byReason;

    /// <summary>The first five of each reason.</summary>
    public IReadOnlyList<LeftOutExample> Examples => _examples;

    /// <summary>Hears of every one; null: nobody.</summary>
    internal Action<LeftOutExample>? Listener { get; set; }

    /// <summary>Counts one.</summary>
    public void Add(string reason, string file, long line, string message)
    {
        Total++;
        var count = _byReason[reason] = _byReason.GetValueOrDefault(reason) + 1;
        var example = new LeftOutExample(file, line, reason, message);
        if (count <= ExamplesOfAReason)
            _examples.Add(example);
        Listener?.Invoke(example);
    }

    /// <summary>Writes every one from now on to a CSV file, <c>file,line,reason,message</c>, until the result is disposed of.</summary>
    public IDisposable ListIn(string path) => new LeftOutList(this, path);
}

/// <summary>One line, row or file that was left out.</summary>
/// <param name="File">The file's name in the corpus.</param>
/// <param name="Line">The line (JSONL, CSV) or row (Parquet), from 1.</param>
/// <param name="Reason">The reason's key.</param>
/// <param name="Message">The reason in words.</param>
public sealed record LeftOutExample(string File, long Line, string Reason, string Message);
