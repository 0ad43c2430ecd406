namespace ExpertDivergence.Data;

/// <summary>Writes one part of a packed set: a stream of tokens per domain, cut into records of L + 1 that overlap by one.</summary>
/// <remarks>A domain's stream is end-of-text, document, end-of-text, document, end-of-text, … Record k holds its positions
/// k·L … k·L + L, so that every position but the first is predicted in exactly one record. Records lie in the file in the order in
/// which they fill; the last record of each domain is padded and comes at the end.</remarks>
internal sealed class RecordWriter : IPartWriter
{
    private readonly PackOptions _options;
    private readonly PackSplitReport _report;
    private readonly Domain[] _domains;
    private readonly FileStream _records;
    private readonly FileStream _index;
    private readonly byte[] _bytes;
    private readonly int _tokenBytes;

    public RecordWriter(string folder, string name, PackOptions options, DomainMap map, PackSplitReport report)
    {
        (_options, _report) = (options, report);
        _tokenBytes = TokenFormat.Bytes(options.VocabularySize);
        _bytes = new byte[(options.SequenceLength + 1) * _tokenBytes];
        _domains = map.Domains49.Select((d, i) => new Domain((short)i, map.Position3(d), d, options.SequenceLength + 1)).ToArray();
        _records = new FileStream(Path.Combine(folder, name + ".bin"), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        _index = new FileStream(Path.Combine(folder, name + ".idx"), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
    }

    public void Add(int domain49, ReadOnlySpan<int> tokens)
    {
        var domain = _domains[domain49];
        domain.Report ??= _report.Of(domain.Name);
        if (domain.Count == 0)
            domain.Tokens[domain.Count++] = _options.EndOfTextId;
        var flushed = false;
        domain.DocumentsInRecord += domain.Count < domain.Tokens.Length ? 1 : 0;
        for (var i = 0; i <= tokens.Length; i++)
        {
            if (domain.Count == domain.Tokens.Length)
            {
                // A document that starts with a new record is not cut by it.
                flushed |= i > 0;
                Flush(domain);
                domain.DocumentsInRecord = 1;
            }

            domain.Tokens[domain.Count++] = i < tokens.Length ? tokens[i] : _options.EndOfTextId;
        }

        _report.AddDocument(flushed);
        domain.Report.AddDocument(flushed);
    }

    public void Finish()
    {
        foreach (var domain in _domains)
            if (domain.Count > 1)
                Flush(domain);
        _records.Flush();
        _index.Flush();
    }

    public void Dispose()
    {
        _records.Dispose();
        _index.Dispose();
    }

    private void Flush(Domain domain)
    {
        var predicted = domain.Count - 1;
        domain.Tokens.AsSpan(domain.Count).Fill(_options.EndOfTextId);
        TokenFormat.Write(_bytes, domain.Tokens, _tokenBytes);
        _records.Write(_bytes);
        _index.Write(new IndexEntry(domain.Count, domain.Domain3, domain.Domain49).ToBytes());

        foreach (var counters in (PackCounters[])[_report, domain.Report!])
            counters.AddRecord(predicted, _options.SequenceLength - predicted, domain.DocumentsInRecord > 1);

        domain.Tokens[0] = domain.Tokens[domain.Count - 1];
        domain.Count = 1;
        domain.DocumentsInRecord = 0;
    }

    private sealed class Domain(short domain49, short domain3, string name, int length)
    {
        public short Domain49 => domain49;

        public short Domain3 => domain3;

        public string Name => name;

        public int[] Tokens { get; } = new int[length];

        public int Count { get; set; }

        public int DocumentsInRecord { get; set; }

        public PackCounters? Report { get; set; }
    }
}
