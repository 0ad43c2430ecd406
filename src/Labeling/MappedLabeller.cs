using ExpertDivergence.Core;
using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary>Takes a document's domain from the label that it came with: the map's, or the label itself where that is a domain id.
/// Confidence is 1.</summary>
/// <param name="taxonomy">The domains.</param>
/// <param name="map">From labels to domains; it goes before the ids.</param>
public sealed class MappedLabeller(Taxonomy taxonomy, LabelMap map) : ILabeller
{
    /// <inheritdoc/>
    public DomainLabel Label(CorpusDocument document)
    {
        if (document.Label is not { } label)
            throw new InputException(document.File, document.Line, "the document has no field 'label'.",
                "Give it one: a domain id such as 'en/Games', or a label of the label map.");
        return (map.Find(label) ?? taxonomy.Find(label)) is { } domain
            ? new(domain, 1.0)
            : throw new InputException(document.File, document.Line, $"the label '{label}' has no domain{Near(label)}.",
                $"Add \"{label}\": \"DOMAIN\" to 'label_to_domain49' of {map.File ?? "a labels.json beside the corpus"}.");
    }

    private string Near(string label) =>
        NearestName.Of(label, map.Labels.Concat(taxonomy.Ids49)) is { } near ? $" (the nearest label with one is '{near}')" : "";
}
