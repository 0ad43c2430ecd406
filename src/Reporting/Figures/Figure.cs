namespace ExpertDivergence.Reporting;

/// <summary>A figure of the report.</summary>
/// <param name="Name">File name without extension, under <c>figures/</c>.</param>
/// <param name="Title">What it shows; also the text for those who cannot see it.</param>
/// <param name="Caption">How to read it.</param>
/// <param name="Specification">A Vega-Lite specification with its data inline.</param>
public sealed record Figure(string Name, string Title, string Caption, string Specification);
