using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>Streams the documents of a corpus, in a fixed order (see <see cref="CorpusFiles"/>): JSONL, CSV, Parquet and texts.
/// Memory is that of the longest document and what the rules keep.</summary>
public sealed class CorpusReader
{
    private readonly CorpusOptions _options;

    /// <summary>Finds the corpus's files; nothing is read yet.</summary>
    /// <param name="paths">Files, folders, patterns, and <c>-</c> for standard input.</param>
    /// <param name="options">How to read; null: the defaults.</param>
    /// <exception cref="UsageException">A path does not exist.</exception>
    /// <exception cref="InputException">A path holds no file that can be read.</exception>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public CorpusReader(IEnumerable<string> paths, CorpusOptions? options = null)
    {
        _options = options ?? new();
        _options.Validate();
        Files = CorpusFiles.Find(paths);
    }

    /// <summary>The files, in the order in which they are read.</summary>
    public IReadOnlyList<CorpusFile> Files { get; }

    /// <summary>Lines, rows and files read so far that hold a document or should: those given out and those left out.</summary>
    public long Records { get; private set; }

    /// <summary>What was left out so far: bad lines (<see cref="OnBadLine.Skip"/>) and what the rules refused.</summary>
    public LeftOut LeftOut { get; } = new();

    /// <summary>The documents, read as they are asked for.</summary>
    /// <exception cref="InputException">A file is damaged, or a line is bad (file and line are named) and bad lines are not to be skipped.</exception>
    public IEnumerable<CorpusDocument> Read(CancellationToken cancellation = default) =>
        Files.SelectMany(file => Read(file, cancellation));

    private IEnumerable<CorpusDocument> Read(CorpusFile file, CancellationToken cancellation)
    {
        var path = file.Path == CorpusFiles.StandardInput ? "standard input" : file.Path;
        foreach (var (line, parsed) in RecordsOf(file))
        {
            cancellation.ThrowIfCancellationRequested();
            Records++;
            if (parsed.Reason is { } reason)
            {
                if (_options.OnBadLine == OnBadLine.Fail)
                    throw new InputException(path, line, parsed.Message!, "Correct it, or have bad lines left out (labels.on_bad_line: skip).");
                LeftOut.Add(reason, file.Name, line, parsed.Message!);
                continue;
            }

            var document = new CorpusDocument(path, line, parsed.Text, parsed.Source ?? Place(file, line), parsed.Label);
            if (Refusal(document) is { } refusal)
                LeftOut.Add(refusal.Reason, file.Name, line, refusal.Message);
            else
                yield return document;
        }
    }

    private IEnumerable<(long Line, ParsedLine Parsed)> RecordsOf(CorpusFile file) => file.Format switch
    {
        CorpusFormat.Csv => CsvFormat.Read(file, _options),
        CorpusFormat.Parquet => ParquetFormat.Read(file, _options),
        CorpusFormat.Text => TextFormat.Read(file, _options),
        _ => JsonlFormat.Read(file, _options),
    };

    private DocumentRefusal? Refusal(CorpusDocument document)
    {
        foreach (var rule in _options.Rules)
            if (rule.Refuse(document) is { } refusal)
                return refusal;
        return null;
    }

    private static string Place(CorpusFile file, long line) =>
        file.Format == CorpusFormat.Text ? file.Name : FormattableString.Invariant($"{file.Name}:{line}");
}
