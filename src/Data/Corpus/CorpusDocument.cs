namespace ExpertDivergence.Data;

/// <summary>A document as the corpus has it.</summary>
/// <param name="File">The file's path, for errors.</param>
/// <param name="Line">Its line there, from 1.</param>
/// <param name="Text">The text, not blank.</param>
/// <param name="Source">Where it comes from, as the document says; else the file's name in the corpus and the line.</param>
/// <param name="Label">The label it carries; null where it has none.</param>
public sealed record CorpusDocument(string File, long Line, string Text, string Source, string? Label);
