namespace ExpertDivergence.Data;

/// <summary>A row of <c>documents-NNNNN.parquet</c>.</summary>
/// <param name="DocumentId">Counted from 0 in the order of the corpus; column <c>doc_id</c>.</param>
/// <param name="Source">Where the text comes from.</param>
/// <param name="Label">The label that the document came with; null where it had none.</param>
/// <param name="Domain3"><c>en</c>, <c>zh</c> or <c>math</c>.</param>
/// <param name="Domain49">A domain of the taxonomy.</param>
/// <param name="Confidence">The labeller's probability of that domain, 0 … 1.</param>
/// <param name="Text">The text.</param>
public sealed record LabelledDocument(
    long DocumentId, string Source, string? Label, string Domain3, string Domain49, double Confidence, string Text);

/// <summary>A row of <c>tokens-NNNNN.parquet</c>.</summary>
/// <param name="DocumentId">As in <see cref="LabelledDocument"/>.</param>
/// <param name="Source">As in <see cref="LabelledDocument"/>.</param>
/// <param name="Domain3">As in <see cref="LabelledDocument"/>.</param>
/// <param name="Domain49">As in <see cref="LabelledDocument"/>.</param>
/// <param name="Confidence">As in <see cref="LabelledDocument"/>.</param>
/// <param name="Tokens">The text's token ids, without an end-of-text token.</param>
public sealed record TokenizedDocument(long DocumentId, string Source, string Domain3, string Domain49, double Confidence, int[] Tokens);
