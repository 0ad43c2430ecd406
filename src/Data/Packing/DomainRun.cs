namespace ExpertDivergence.Data;

/// <summary>Tokens of a sequence, one after another, that are of one fine domain.</summary>
/// <param name="Start">The first of them, a position in the sequence.</param>
/// <param name="Length">How many.</param>
/// <param name="Domain3">Their coarse domain, a position in <see cref="PackInfo.Domains3"/>.</param>
/// <param name="Domain49">Their fine domain, a position in <see cref="PackInfo.Domains49"/>.</param>
public readonly record struct DomainRun(int Start, int Length, int Domain3, int Domain49);
