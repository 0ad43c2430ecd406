using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>The domains that occur, and the coarse one of each fine one.</summary>
internal sealed class DomainMap
{
    private readonly SortedDictionary<string, string> _coarse = new(StringComparer.Ordinal);

    private List<string>? _domains3, _domains49;

    public IReadOnlyList<string> Domains3 => _domains3 ??= _coarse.Values.Distinct().Order(StringComparer.Ordinal).ToList();

    public IReadOnlyList<string> Domains49 => _domains49 ??= _coarse.Keys.ToList();

    /// <summary>The position, among <see cref="Domains3"/>, of a fine domain's coarse one.</summary>
    public short Position3(string domain49) => checked((short)Domains3.Index().First(d => d.Item == _coarse[domain49]).Index);

    /// <summary>The same by the fine domain's position.</summary>
    public short Position3(int domain49) => Position3(Domains49[domain49]);

    public void Observe(DocumentDomain document, string folder)
    {
        (_domains3, _domains49) = (null, null);
        if (_coarse.TryAdd(document.Domain49, document.Domain3) || _coarse[document.Domain49] == document.Domain3)
            return;
        throw new InputException(folder, null, $"the documents of '{document.Domain49}' lie both in '{_coarse[document.Domain49]}' and in "
            + $"'{document.Domain3}' (document {document.DocumentId}).", "Label the corpus again, with one taxonomy.");
    }

    /// <summary>Refuses a corpus on which no divergence between domains is defined.</summary>
    public void RequireTwo(string folder)
    {
        if (_coarse.Count == 0)
            throw new InputException(folder, null, "the corpus is empty.", "Give a corpus with documents of at least two domains.");
        if (_coarse.Count == 1)
            throw OnlyOne(folder, Domains49[0]);
    }

    public static InputException OnlyOne(string path, string domain) => new(path, null,
        $"every document is of the domain '{domain}': divergence needs at least two domains.",
        "Add documents of another domain, or map the labels to more than one.");
}
