using Microsoft.Win32.SafeHandles;

namespace ExpertDivergence.Data;

/// <summary>Writes one part of a concatenated set: all documents, in the order of their keyed hashes, as one stream that is cut into
/// records of L + 1 tokens which overlap by one.</summary>
/// <remarks>The documents come in the order of reading, and each goes to its own place in the file: neither text nor tokens are held.
/// In the file a document is one piece, wherever the cuts fall, for the token that two records share stands in it twice running.</remarks>
internal sealed class ConcatenatedWriter : IPartWriter
{
    private readonly SafeFileHandle _records;
    private readonly long[] _starts;
    private readonly long _positions;
    private readonly int _length;
    private readonly int _tokenBytes;
    private readonly int _endOfText;
    private int _next;
    private int[] _piece = [];
    private byte[] _bytes = [];

    public ConcatenatedWriter(string folder, string name, PackOptions options, DomainMap map, PackSplitReport report, ConcatenatedOrder order)
    {
        (_length, _tokenBytes, _endOfText) = (options.SequenceLength, TokenFormat.Bytes(options.VocabularySize), options.EndOfTextId);
        _starts = order.Sort();
        using (var index = new ConcatenatedIndex(folder, name, options, map, report))
            index.Write(order.Places);
        _positions = (long)report.Sequences * (_length + 1);
        _records = File.OpenHandle(Path.Combine(folder, name + ".bin"), FileMode.Create, FileAccess.Write);
        if (_positions == 0)
            return;
        WriteAt(0, [_endOfText]);
        var padding = new int[report.PaddedTokens];
        Array.Fill(padding, _endOfText);
        WriteAt(_positions - padding.Length, padding);
    }

    public void Add(int domain49, ReadOnlySpan<int> tokens)
    {
        var position = _starts[_next++];
        var (begin, count) = (PlaceOf(position), 0);
        Array.Resize(ref _piece, Math.Max(_piece.Length, tokens.Length + 1 + ((tokens.Length + 1) / _length) + 1));
        for (var i = 0; i <= tokens.Length; i++, position++)
        {
            var token = i < tokens.Length ? tokens[i] : _endOfText;
            _piece[count++] = token;
            if (position % _length == 0)
                _piece[count++] = token;
        }

        // The last token of the last record begins no other.
        WriteAt(begin, _piece.AsSpan(0, (int)Math.Min(count, _positions - begin)));
    }

    public void Finish()
    {
    }

    public void Dispose() => _records.Dispose();

    // Where in the file a position of the stream stands: in the record that predicts it.
    private long PlaceOf(long position) => ((position - 1) / _length * (_length + 1)) + ((position - 1) % _length) + 1;

    private void WriteAt(long place, ReadOnlySpan<int> tokens)
    {
        Array.Resize(ref _bytes, Math.Max(_bytes.Length, tokens.Length * _tokenBytes));
        var bytes = _bytes.AsSpan(0, tokens.Length * _tokenBytes);
        TokenFormat.Write(bytes, tokens, _tokenBytes);
        RandomAccess.Write(_records, bytes, place * _tokenBytes);
    }
}
