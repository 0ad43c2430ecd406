namespace ExpertDivergence.Reporting;

/// <summary>A table as the report shows it.</summary>
/// <param name="Header">Column titles.</param>
/// <param name="Rows">Cells, already formatted.</param>
/// <param name="Source">Where the numbers come from, in Markdown.</param>
public sealed record MarkdownTable(IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows, string Source)
{
    /// <summary>A Markdown alignment a column: numbers to the right.</summary>
    public IReadOnlyList<string> Alignment =>
        [.. Enumerable.Range(0, Header.Count).Select(column => Rows.Count > 0 && Rows.All(row => IsNumber(row[column])) ? "---:" : "---")];

    private static bool IsNumber(string cell) => cell.Length > 0 && (char.IsAsciiDigit(cell[0]) || cell[0] is '−' or '+' or '–');
}
