using ExpertDivergence.Core;
using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary>A document's domain, and how sure the labeller is of it.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Confidence">Its probability, 0 … 1.</param>
public readonly record struct DomainLabel(Domain Domain, double Confidence);

/// <summary>Gives documents their domains.</summary>
public interface ILabeller
{
    /// <summary>The document's domain.</summary>
    /// <exception cref="InputException">It cannot be told; file and line are named.</exception>
    DomainLabel Label(CorpusDocument document);
}
