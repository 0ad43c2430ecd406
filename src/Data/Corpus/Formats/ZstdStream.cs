using System.Runtime.InteropServices;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>Decompresses Zstandard, one frame or several. Memory is that of the frame's window, at most 128 MB.</summary>
/// <exception cref="PrerequisiteException">The machine has no libzstd.</exception>
internal sealed unsafe class ZstdStream(Stream inner) : ReadingStream
{
    private readonly byte[] _input = new byte[1 << 17];
    private nint _decoder = ZstdLibrary.CreateStream();
    private int _start;
    private int _end;
    private nuint _pending;

    /// <exception cref="InvalidDataException">The bytes are no Zstandard, are damaged, or end inside a frame.</exception>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_decoder == 0, this);
        while (buffer.Length > 0)
        {
            // What is left in the decoder comes out before more goes in.
            var written = Step(buffer);
            if (written > 0)
                return written;
            if (_start < _end)
                continue;
            (_start, _end) = (0, inner.Read(_input));
            if (_end == 0)
                return _pending == 0 ? 0 : throw new InvalidDataException("it ends inside a frame.");
        }

        return 0;
    }

    private int Step(Span<byte> buffer)
    {
        fixed (byte* input = _input, output = buffer)
        {
            var from = new ZstdLibrary.Buffer { Data = input + _start, Size = (nuint)(_end - _start) };
            var to = new ZstdLibrary.Buffer { Data = output, Size = (nuint)buffer.Length };
            if (from.Size == 0 && _pending == 0)
                return 0;
            var code = ZstdLibrary.Decompress(_decoder, ref to, ref from);
            if (ZstdLibrary.IsError(code) != 0)
                throw new InvalidDataException(Marshal.PtrToStringUTF8((nint)ZstdLibrary.ErrorName(code)));
            _pending = code;
            _start += (int)from.Position;
            return (int)to.Position;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (_decoder != 0)
            _ = ZstdLibrary.FreeStream(_decoder);
        _decoder = 0;
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
