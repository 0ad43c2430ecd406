using System.Runtime.InteropServices;

namespace ExpertDivergence.Data;

/// <summary>Writes <c>.idx</c> and <c>.domains</c> of a concatenated part, and counts. It needs the documents' order and lengths alone.</summary>
/// <remarks><c>.domains</c> has an int16 for each token of <c>.bin</c>, at the same place: the position of its fine domain in
/// <see cref="PackInfo.Domains49"/>. An end of text is of the document it ends, the first of the document behind it; padding repeats the
/// last token's. The domain in the index is the one of most of the tokens that the record predicts, of equals the first.</remarks>
internal sealed class ConcatenatedIndex : IDisposable
{
    private readonly DomainMap _map;
    private readonly PackSplitReport _report;
    private readonly PackCounters?[] _byDomain;
    private readonly FileStream _index;
    private readonly FileStream _domains;
    private readonly short[] _record;
    private readonly int[] _tokens;
    private int _count;
    private int _documents;

    public ConcatenatedIndex(string folder, string name, PackOptions options, DomainMap map, PackSplitReport report)
    {
        (_map, _report) = (map, report);
        _report.MixedSequences = 0;
        _record = new short[options.SequenceLength + 1];
        _tokens = new int[map.Domains49.Count];
        _byDomain = new PackCounters?[_tokens.Length];
        _index = new FileStream(Path.Combine(folder, name + ".idx"), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        _domains = new FileStream(Path.Combine(folder, name + ".domains"), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
    }

    public void Write(IEnumerable<DocumentPlace> places)
    {
        foreach (var place in places)
            Add(place.Domain49, place.Length);
        if (_count > 1)
            Flush();
        _index.Flush();
        _domains.Flush();
    }

    public void Dispose()
    {
        _index.Dispose();
        _domains.Dispose();
    }

    private void Add(short domain, int length)
    {
        if (_count == 0)
            _record[_count++] = domain;
        var cropped = false;
        _documents += _count < _record.Length ? 1 : 0;
        for (var left = length; left > 0;)
        {
            if (_count == _record.Length)
            {
                // A document that starts with a new record is not cut by it.
                cropped |= left < length;
                Flush();
                _documents = 1;
            }

            var fitting = Math.Min(left, _record.Length - _count);
            _record.AsSpan(_count, fitting).Fill(domain);
            _tokens[domain] += fitting;
            _count += fitting;
            left -= fitting;
        }

        _report.AddDocument(cropped);
        Of(domain).AddDocument(cropped);
    }

    private void Flush()
    {
        _record.AsSpan(_count).Fill(_record[_count - 1]);
        _domains.Write(MemoryMarshal.AsBytes(_record.AsSpan()));
        var most = (short)_tokens.IndexOf(_tokens.Max());
        _index.Write(new IndexEntry(_count, _map.Position3(most), most).ToBytes());

        var joined = _documents > 1;
        _report.AddRecord(_count - 1, _record.Length - _count, joined);
        _report.MixedSequences += _tokens.Count(n => n > 0) > 1 ? 1 : 0;
        for (var domain = 0; domain < _tokens.Length; domain++)
            if (_tokens[domain] > 0)
                Of(domain).AddRecord(_tokens[domain], 0, joined);

        Array.Clear(_tokens);
        _record[0] = _record[_count - 1];
        _count = 1;
        _documents = 0;
    }

    private PackCounters Of(int domain) => _byDomain[domain] ??= _report.Of(_map.Domains49[domain]);
}
