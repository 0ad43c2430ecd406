using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>A document's place among the others of its part.</summary>
/// <param name="Key">Its keyed hash, which decides the order.</param>
/// <param name="Number">Its number in the order of reading.</param>
/// <param name="Length">Its tokens, the end of text included.</param>
/// <param name="Domain49">Its fine domain, a position in <see cref="PackInfo.Domains49"/>.</param>
internal readonly record struct DocumentPlace(ulong Key, int Number, int Length, short Domain49);

/// <summary>The shuffled order of one part's documents: by a hash of seed and document id, so that it depends on nothing else.</summary>
/// <param name="seed">The seed.</param>
internal sealed class ConcatenatedOrder(long seed)
{
    private readonly List<DocumentPlace> _places = [];

    /// <summary>The documents: as read, and after <see cref="Sort"/> as they follow one another.</summary>
    public IReadOnlyList<DocumentPlace> Places => _places;

    public void Observe(long documentId, int domain49, int tokens)
    {
        var key = new KeyedRandom(seed, "concatenate", documentId.ToString(CultureInfo.InvariantCulture)).NextUInt64();
        _places.Add(new(key, _places.Count, checked(tokens + 1), (short)domain49));
    }

    /// <summary>Puts the documents in order and tells where each begins in the stream, whose position 0 is an end of text.</summary>
    /// <returns>By number in the order of reading.</returns>
    public long[] Sort()
    {
        _places.Sort((a, b) => a.Key != b.Key ? a.Key.CompareTo(b.Key) : a.Number.CompareTo(b.Number));
        var starts = new long[_places.Count];
        var next = 1L;
        foreach (var place in _places)
        {
            starts[place.Number] = next;
            next += place.Length;
        }

        return starts;
    }
}
