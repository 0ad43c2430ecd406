using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>Streams the documents of a corpus: JSONL files, one <c>{"text", "source"?, "label"?}</c> a line, in a fixed order
/// (see <see cref="CorpusFiles"/>). Memory is that of the longest line. Blank lines are passed over.</summary>
public sealed class JsonlReader
{
    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly JsonlOptions _options;

    /// <summary>Finds the corpus's files; nothing is read yet.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="options">How to read; null: the defaults.</param>
    /// <exception cref="InputException">A path does not exist, or a folder holds no .jsonl file.</exception>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public JsonlReader(IEnumerable<string> paths, JsonlOptions? options = null)
    {
        _options = options ?? new();
        _options.Validate();
        Files = CorpusFiles.Find(paths);
    }

    /// <summary>The files, in the order in which they are read.</summary>
    public IReadOnlyList<CorpusFile> Files { get; }

    /// <summary>What <see cref="OnBadLine.Skip"/> has left out so far.</summary>
    public LeftOut LeftOut { get; } = new();

    /// <summary>The documents, read as they are asked for.</summary>
    /// <exception cref="InputException">A line is bad (file and line are named) and bad lines are not to be skipped.</exception>
    public IEnumerable<CorpusDocument> Read(CancellationToken cancellation = default) =>
        Files.SelectMany(file => Read(file, cancellation));

    private IEnumerable<CorpusDocument> Read(CorpusFile file, CancellationToken cancellation)
    {
        using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        var lines = new LineReader(stream, _options.MaxLineBytes);
        for (var number = 1L; lines.Next(out var line, out var tooLong); number++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (number == 1 && line.Span.StartsWith(s_byteOrderMark))
                line = line[s_byteOrderMark.Length..];
            if (!tooLong && IsBlank(line.Span))
                continue;
            var parsed = tooLong
                ? ParsedLine.Bad("too_long", FormattableString.Invariant($"the line is longer than {_options.MaxLineBytes} bytes."))
                : LineParser.Parse(line);
            if (parsed.Reason is null)
                yield return new(file.Path, number, parsed.Text, parsed.Source ?? FormattableString.Invariant($"{file.Name}:{number}"), parsed.Label);
            else if (_options.OnBadLine == OnBadLine.Skip)
                LeftOut.Add(parsed.Reason, file.Name, number, parsed.Message!);
            else
                throw new InputException(file.Path, number, parsed.Message!, "Correct the line, or have bad lines left out (labels.on_bad_line: skip).");
        }
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;
}
