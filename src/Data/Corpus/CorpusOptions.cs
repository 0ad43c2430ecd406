using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>What to do with a line, row or file that cannot be used.</summary>
public enum OnBadLine
{
    /// <summary>End with an error that names file and line: the default.</summary>
    Fail,

    /// <summary>Leave it out, count it by reason and report it by file and line.</summary>
    Skip,
}

/// <summary>The names of the fields (JSON) or columns (CSV, Parquet) that are read; the others are passed over.</summary>
/// <param name="Text">The document's text. A file must have it.</param>
/// <param name="Source">Where the text comes from; may be absent.</param>
/// <param name="Label">The label that it carries; may be absent.</param>
public sealed record FieldNames(string Text = "text", string Source = "source", string Label = "label");

/// <summary>How a corpus is read.</summary>
public sealed record CorpusOptions
{
    /// <summary>What happens to a document that is too long, not UTF-8, malformed, or without a text.</summary>
    public OnBadLine OnBadLine { get; init; } = OnBadLine.Fail;

    /// <summary>The longest line, record or text file taken, in bytes; a longer one is bad. It bounds the reader's memory.</summary>
    public int MaxLineBytes { get; init; } = 100_000_000;

    /// <summary>The fields.</summary>
    public FieldNames Fields { get; init; } = new();

    /// <summary>What the path <c>-</c> reads: JSONL.</summary>
    public Stream? StandardInput { get; init; }

    /// <summary>Rules that good documents must pass, asked in this order.</summary>
    public IReadOnlyList<IDocumentRule> Rules { get; init; } = [];

    internal void Validate()
    {
        if (MaxLineBytes is < 1024 or > 1_000_000_000)
            throw new OptionException("labels.max_line_bytes", $"{MaxLineBytes} is out of range.", "Set it between 1024 and 10^9.");
        if (Fields.Text.Length == 0)
            throw new OptionException("labels.fields.text", "no field holds the text.", "Name one.");
    }
}
