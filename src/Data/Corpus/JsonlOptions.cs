using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>What to do with an input line that cannot be used.</summary>
public enum OnBadLine
{
    /// <summary>End with an error that names file and line: the default.</summary>
    Fail,

    /// <summary>Leave the line out, count it by reason and report the first few.</summary>
    Skip,
}

/// <summary>How a corpus of JSONL files is read.</summary>
public sealed record JsonlOptions
{
    /// <summary>What happens to a line that is too long, not UTF-8, not JSON, or without a text.</summary>
    public OnBadLine OnBadLine { get; init; } = OnBadLine.Fail;

    /// <summary>The longest line taken, in bytes; a longer one is bad. It bounds the reader's memory.</summary>
    public int MaxLineBytes { get; init; } = 100_000_000;

    internal void Validate()
    {
        if (MaxLineBytes is < 1024 or > 1_000_000_000)
            throw new OptionException("corpus.max_line_bytes", $"{MaxLineBytes} is out of range.", "Set it between 1024 and 10^9.");
    }
}
