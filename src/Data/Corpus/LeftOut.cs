namespace ExpertDivergence.Data;

/// <summary>What was left out and why: counts by reason, and the first few by file and line.</summary>
public sealed class LeftOut
{
    private const int ExamplesKept = 10;

    private readonly SortedDictionary<string, long> _byReason = new(StringComparer.Ordinal);
    private readonly List<LeftOutExample> _examples = [];

    /// <summary>Lines left out in all.</summary>
    public long Total { get; private set; }

    /// <summary>Lines left out by reason: <c>too_long</c>, <c>not_utf8</c>, <c>not_json</c>, <c>no_text</c>, <c>bad_field</c>.</summary>
    public IReadOnlyDictionary<string, long> ByReason => _byReason;

    /// <summary>The first ten.</summary>
    public IReadOnlyList<LeftOutExample> Examples => _examples;

    /// <summary>Counts one.</summary>
    public void Add(string reason, string file, long line, string message)
    {
        Total++;
        _byReason[reason] = _byReason.GetValueOrDefault(reason) + 1;
        if (_examples.Count < ExamplesKept)
            _examples.Add(new(file, line, reason, message));
    }
}

/// <summary>One line that was left out.</summary>
/// <param name="File">The file's name in the corpus.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Reason">The reason's key.</param>
/// <param name="Message">The reason in words.</param>
public sealed record LeftOutExample(string File, long Line, string Reason, string Message);
