using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>Which documents are held out. The rule:
/// <list type="number">
/// <item>a document is held out where its keyed hash u(seed, doc_id), uniform in [0, 1), is below the fraction;</item>
/// <item>in a domain of two or more documents where that holds out none, the one with the smallest u is held out; where it would
/// hold out all, the one with the largest u stays in training;</item>
/// <item>the only document of a domain stays in training, unless every document is a domain of its own: then rule 1 alone holds.</item>
/// </list>
/// It depends on nothing but the seed, the ids and the domains.</summary>
/// <remarks>First every document is shown to <see cref="Observe"/>, then <see cref="IsHeldOut"/> answers. Memory is that of the domains.</remarks>
internal sealed class HeldoutSplit(long seed, double fraction)
{
    private readonly Dictionary<string, DomainCount> _domains = new(StringComparer.Ordinal);
    private long _documents;

    public void Observe(DocumentDomain document)
    {
        if (!_domains.TryGetValue(document.Domain49, out var domain))
            _domains[document.Domain49] = domain = new();
        _documents++;
        domain.Observe(document.DocumentId, Draw(document.DocumentId), fraction);
    }

    public bool IsHeldOut(long documentId, string domain49)
    {
        var domain = _domains[domain49];
        if (domain.Documents < 2)
            return _domains.Count == _documents && Draw(documentId) < fraction;
        if (domain.Below == 0)
            return documentId == domain.SmallestId;
        return Draw(documentId) < fraction && !(domain.Below == domain.Documents && documentId == domain.LargestId);
    }

    private double Draw(long documentId) =>
        new KeyedRandom(seed, "heldout", documentId.ToString(CultureInfo.InvariantCulture)).NextDouble();

    private sealed class DomainCount
    {
        private double _smallest = double.PositiveInfinity;
        private double _largest = double.NegativeInfinity;

        public long Documents { get; private set; }

        public long Below { get; private set; }

        public long SmallestId { get; private set; }

        public long LargestId { get; private set; }

        public void Observe(long id, double draw, double fraction)
        {
            Documents++;
            if (draw < fraction)
                Below++;
            if (draw < _smallest)
                (_smallest, SmallestId) = (draw, id);
            if (draw > _largest)
                (_largest, LargestId) = (draw, id);
        }
    }
}
