using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>A corpus file as a stream of its bytes, decompressed where its name ends in <c>.gz</c> or <c>.zst</c>. Damage that shows
/// while it is read is an error that names the file.</summary>
internal sealed class CorpusStream : ReadingStream
{
    private readonly string _path;
    private readonly Stream _stream;

    private CorpusStream(string path, Stream stream) => (_path, _stream) = (path, stream);

    public static Stream Open(CorpusFile file, CorpusOptions options)
    {
        if (file.Path == CorpusFiles.StandardInput)
            return options.StandardInput ?? throw new InputException("-", null, "this verb reads no standard input.", "Name files or folders.");
        var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        if (file.Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            return new CorpusStream(file.Path, new GzipReader(stream));
        return file.Path.EndsWith(".zst", StringComparison.OrdinalIgnoreCase) ? new CorpusStream(file.Path, new ZstdStream(stream)) : stream;
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _stream.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw new InputException(_path, null, $"the compressed file is damaged: {e.Message}", "Fetch or compress it again.", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _stream.Dispose();
        base.Dispose(disposing);
    }
}
