using System.IO.Compression;

namespace ExpertDivergence.Data;

/// <summary>Decompresses gzip, one member or several, and notices a file that is cut.</summary>
/// <remarks>The library's stream takes the end of the file for the end of the data, wherever it comes. So a member of our own follows
/// the file's bytes: only if it comes out at the end, whole, had the file's last member ended.</remarks>
internal sealed class GzipReader : ReadingStream
{
    private const int Mark = 16;

    private static readonly byte[] s_mark = [.. Enumerable.Range(0, Mark).Select(i => (byte)((i * 89) + 0x80))];
    private static readonly byte[] s_member = Compressed(s_mark);

    private readonly GZipStream _stream;
    private readonly byte[] _buffer = new byte[(1 << 16) + Mark];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Begins to read.</summary>
    /// <param name="file">The compressed bytes; disposed of with this.</param>
    public GzipReader(Stream file) => _stream = new GZipStream(new Followed(file, s_member), CompressionMode.Decompress);

    /// <summary>Decompresses some bytes; 0 at the end.</summary>
    /// <exception cref="InvalidDataException">The bytes are no gzip, are damaged, or end too early.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_ended && _end - _start <= Mark)
            Fill();
        var count = Math.Min(buffer.Length, _end - _start - Mark);
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _stream.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
        if (_ended && !_buffer.AsSpan(_start, _end - _start).SequenceEqual(s_mark))
            throw new InvalidDataException("it is cut, or something else follows the compressed data.");
    }

    private static byte[] Compressed(byte[] bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return memory.ToArray();
    }

    /// <summary>A file's bytes and then others. A file without bytes is none.</summary>
    private sealed class Followed(Stream file, byte[] then) : ReadingStream
    {
        private int _given = -1;
        private bool _any;

        public override int Read(Span<byte> buffer)
        {
            if (_given < 0)
            {
                var read = file.Read(buffer);
                _any |= read > 0;
                if (read > 0 || buffer.Length == 0)
                    return read;
                _given = _any ? 0 : then.Length;
            }

            var count = Math.Min(buffer.Length, then.Length - _given);
            then.AsSpan(_given, count).CopyTo(buffer);
            _given += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                file.Dispose();
            base.Dispose(disposing);
        }
    }
}
