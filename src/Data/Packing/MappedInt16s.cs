using System.IO.MemoryMappedFiles;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>The domains of a part's tokens, memory-mapped: little-endian int16, each below a bound.</summary>
internal sealed unsafe class MappedInt16s : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly string _path;
    private readonly int _bound;
    private readonly short* _values;

    public MappedInt16s(string path, int bound)
    {
        (_path, _bound) = (path, bound);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _values = (short*)pointer;
    }

    /// <summary>Values from a place on; valid until this is disposed.</summary>
    public ReadOnlySpan<short> Read(long start, int count)
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        var values = new ReadOnlySpan<short>(_values + start, count);
        if (values.IndexOfAnyExceptInRange((short)0, (short)(_bound - 1)) is >= 0 and var bad)
            throw new InputException(_path, null, $"value {start + bad} is {values[bad]}, and there are {_bound} domains.", "Run the stage Pack again.");
        return values;
    }

    public void Dispose()
    {
        if (_view.SafeMemoryMappedViewHandle.IsClosed)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
