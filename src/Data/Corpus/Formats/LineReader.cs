namespace ExpertDivergence.Data;

/// <summary>Splits a stream into lines of bytes at LF, a CR before it dropped. Memory is the longest line, at most the limit.</summary>
internal sealed class LineReader(Stream stream, int maxBytes)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Moves to the next line; false after the last.</summary>
    /// <param name="line">Its bytes, valid until the next call; empty where it is too long.</param>
    /// <param name="tooLong">Whether it exceeds the limit; it is then passed over.</param>
    public bool Next(out ReadOnlyMemory<byte> line, out bool tooLong)
    {
        line = default;
        tooLong = false;
        var scanned = 0;
        while (true)
        {
            var feed = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (feed >= 0 || (_ended && _end > _start))
            {
                var length = feed >= 0 ? scanned + feed : _end - _start;
                tooLong |= length > maxBytes;
                if (!tooLong)
                    line = Trimmed(_buffer.AsMemory(_start, length));
                _start += length + (feed >= 0 ? 1 : 0);
                return true;
            }

            if (_ended)
                return tooLong;
            scanned = _end - _start;
            if (scanned > maxBytes)
            {
                // Of a line that is too long only the length matters: what was read of it makes room.
                tooLong = true;
                (_start, _end, scanned) = (0, 0, 0);
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min(2L * _buffer.Length, Array.MaxLength));
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }

    private static ReadOnlyMemory<byte> Trimmed(ReadOnlyMemory<byte> line) =>
        line.Span is [.., (byte)'\r'] ? line[..^1] : line;
}
