using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary>An open safetensors file: names, shapes, and the bytes of one tensor at a time.</summary>
public sealed class SafetensorsReader : IDisposable
{
    private readonly FileStream _stream;

    private SafetensorsReader(FileStream stream, SafetensorsHeader header, string path) => (_stream, Header, Path) = (stream, header, path);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The checked header.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="InputException">The file is missing, damaged, cut short or hostile.</exception>
    public static SafetensorsReader Open(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, null, "cannot be read: " + e.Message, "Give the path of a readable safetensors file.", e);
        }

        try
        {
            return new SafetensorsReader(stream, SafetensorsHeader.Read(stream, path), path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>A tensor's place and shape.</summary>
    /// <exception cref="InputException">The file has no such tensor.</exception>
    public SafetensorsEntry Entry(string name) => Header.Entries.TryGetValue(name, out var entry)
        ? entry
        : throw NoTensor(Path, name, Header.Entries.Keys);

    /// <summary>Reads a tensor's bytes into a buffer of exactly its length.</summary>
    /// <exception cref="InputException">The file has become shorter, or cannot be read.</exception>
    public void ReadBytes(SafetensorsEntry entry, Span<byte> destination)
    {
        if (destination.Length != entry.ByteCount)
            throw new ArgumentException($"{destination.Length} bytes for a tensor of {entry.ByteCount}", nameof(destination));
        ReadBytes(entry, 0, destination);
    }

    /// <summary>Reads a part of a tensor's bytes.</summary>
    /// <param name="entry">The tensor.</param>
    /// <param name="from">The first byte, counted from the tensor's.</param>
    /// <param name="destination">As many bytes as are read; they must lie in the tensor.</param>
    /// <exception cref="InputException">The file has become shorter, or cannot be read.</exception>
    public void ReadBytes(SafetensorsEntry entry, long from, Span<byte> destination)
    {
        if (from < 0 || from > entry.ByteCount - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(from), $"bytes {from} to {from + destination.Length} of a tensor of {entry.ByteCount}");
        try
        {
            _stream.Position = Header.DataStart + entry.Offset + from;
            _stream.ReadExactly(destination);
        }
        catch (IOException e)
        {
            throw new InputException(Path, null, $"tensor '{entry.Name}' cannot be read: {e.Message}", SafetensorsHeader.DamagedRemedy, e);
        }
    }

    // A file may claim what it has only holes for: a sparse one of terabytes takes no room on the disk.
    internal static void RequireMemory(string path, long bytes)
    {
        if (bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
            throw new InputException(path, null, $"holds {bytes} bytes of tensors, more than this machine has memory", "Take a machine with more memory, or another file.");
    }

    internal static InputException NoTensor(string path, string name, IEnumerable<string> names) => new(path, null, $"has no tensor '{name}'",
        "Give a file of the same architecture. " + (NearestName.Of(name, names) is { } near ? $"The nearest name in it is '{SafetensorsHeader.Shown(near)}'." : ""));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();
}
