using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>One part of a packed set, memory-mapped: any sequence at once, and no more memory than the index. Safe for use by several
/// threads at once.</summary>
public sealed unsafe class PackedDataset : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _records;
    private readonly int[] _lengths;
    private readonly short[] _domains3;
    private readonly short[] _domains49;
    private readonly MappedInt16s? _tokenDomains;

    private PackedDataset(PackInfo info, PackSplit split, string path, IndexEntry[] index, MappedInt16s? tokenDomains)
    {
        _tokenDomains = tokenDomains;
        (Info, Split) = (info, split);
        _lengths = Array.ConvertAll(index, e => e.Length);
        _domains3 = Array.ConvertAll(index, e => e.Domain3);
        _domains49 = Array.ConvertAll(index, e => e.Domain49);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _records);
    }

    /// <summary>The set's shape.</summary>
    public PackInfo Info { get; }

    /// <summary>Which part this is.</summary>
    public PackSplit Split { get; }

    /// <summary>Sequences.</summary>
    public int Count => _lengths.Length;

    /// <summary>L: tokens predicted per sequence at most; a sequence has L + 1.</summary>
    public int SequenceLength => Info.SequenceLength;

    /// <summary>Opens one part of a packed set.</summary>
    /// <param name="folder">What the stage Pack wrote.</param>
    /// <param name="split">Which part.</param>
    /// <exception cref="InputException">A file is missing, or its size or index does not fit <c>pack.json</c>.</exception>
    public static PackedDataset Open(string folder, PackSplit split)
    {
        var info = PackInfo.Read(folder);
        var name = split.ToString().ToLowerInvariant();
        var counts = info.Of(split);
        var records = Sized(Path.Combine(folder, name + ".bin"), (long)counts.Sequences * (info.SequenceLength + 1) * info.TokenBytes);
        var indexPath = Sized(Path.Combine(folder, name + ".idx"), (long)counts.Sequences * IndexEntry.Size);
        var index = File.ReadAllBytes(indexPath).Chunk(IndexEntry.Size).Select(b => IndexEntry.Of(b)).ToArray();
        for (var i = 0; i < index.Length; i++)
            if (index[i].Length < 2 || index[i].Length > info.SequenceLength + 1
                || (uint)index[i].Domain3 >= info.Domains3.Count || (uint)index[i].Domain49 >= info.Domains49.Count)
                throw new InputException(indexPath, null, $"entry {i} does not fit pack.json.", "Run the stage Pack again.");
        return new PackedDataset(info, split, records, index, info.Layout == PackLayout.Concatenated
            ? new MappedInt16s(Sized(Path.Combine(folder, name + ".domains"), (long)counts.Sequences * (info.SequenceLength + 1) * sizeof(short)), info.Domains49.Count)
            : null);
    }

    /// <summary>Copies a sequence: L + 1 tokens, padded with end-of-text behind <see cref="TokenCount"/>.</summary>
    /// <param name="index">The sequence.</param>
    /// <param name="tokens">Takes the tokens: exactly L + 1 of them.</param>
    public void GetSequence(int index, Span<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        ArgumentOutOfRangeException.ThrowIfNotEqual(tokens.Length, SequenceLength + 1, nameof(tokens));
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        var bytes = new ReadOnlySpan<byte>(_records + (long)index * tokens.Length * Info.TokenBytes, tokens.Length * Info.TokenBytes);
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = Info.TokenBytes == 2
                ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..])
                : BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
    }

    /// <summary>Tokens of a sequence that are not padding, its first included, 2 … L + 1: positions 1 … this − 1 are predicted.</summary>
    public int TokenCount(int index) => _lengths[index];

    /// <summary>The domains of a sequence's <see cref="TokenCount"/> tokens, from the first to the last: one run where the set is laid out by
    /// domain, otherwise as many as there are changes and one.</summary>
    /// <exception cref="InputException">A label is none of the set's domains.</exception>
    public IReadOnlyList<DomainRun> Runs(int index)
    {
        if (_tokenDomains is null)
            return [new(0, TokenCount(index), Domain3(index), Domain49(index))];
        var labels = _tokenDomains.Read((long)index * (SequenceLength + 1), TokenCount(index));
        var runs = new List<DomainRun>();
        for (var (start, end) = (0, 0); start < labels.Length; start = end)
        {
            for (end = start + 1; end < labels.Length && labels[end] == labels[start];)
                end++;
            runs.Add(new(start, end - start, Info.CoarseDomains![labels[start]], labels[start]));
        }

        return runs;
    }

    /// <summary>A sequence's coarse domain, a position in <see cref="PackInfo.Domains3"/>; of several, that of its fine one.</summary>
    public int Domain3(int index) => _domains3[index];

    /// <summary>A sequence's fine domain, a position in <see cref="PackInfo.Domains49"/>; of several, the one of most of its predicted tokens.</summary>
    public int Domain49(int index) => _domains49[index];

    /// <summary>The coarse domains of all sequences.</summary>
    public ReadOnlySpan<short> Domains3 => _domains3;

    /// <summary>The fine domains of all sequences.</summary>
    public ReadOnlySpan<short> Domains49 => _domains49;

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        _tokenDomains?.Dispose();
        if (_view.SafeMemoryMappedViewHandle.IsClosed)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static string Sized(string path, long expected)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new InputException(path, null, "the file does not exist.", "Run the stage Pack again.");
        if (file.Length != expected || expected == 0)
            throw new InputException(path, null, FormattableString.Invariant(
                $"the file has {file.Length} bytes where pack.json wants {expected}: it is truncated or of another set."), "Run the stage Pack again.");
        return path;
    }
}
