namespace ExpertDivergence.Labeling;

/// <summary>A domain of the taxonomy: a row of <c>data/taxonomy/49.csv</c>.</summary>
/// <param name="Id">Its id: <c>en/TOPIC</c>, <c>zh/TOPIC</c> or <c>math</c>.</param>
/// <param name="Name">What it is called in its language.</param>
/// <param name="Domain3">The coarse domain that it belongs to: <c>en</c>, <c>zh</c> or <c>math</c>.</param>
/// <param name="Language"><c>en</c>, <c>zh</c> or <c>any</c>.</param>
/// <param name="Topic">The topic's name in English, the same for both languages.</param>
/// <param name="Scope">What belongs there, in one sentence.</param>
public sealed record Domain(string Id, string Name, string Domain3, string Language, string Topic, string Scope);
