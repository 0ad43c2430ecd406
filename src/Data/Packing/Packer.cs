using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>Turns token shards into a packed set: the files of <c>docs/architecture.md</c>, stage Pack.</summary>
/// <param name="options">How.</param>
/// <exception cref="OptionException">An option is out of its range.</exception>
public sealed class Packer(PackOptions options)
{
    private const int ReportEvery = 1000;

    private readonly PackOptions _options = Valid(options);

    /// <summary>Packs. The shards are read twice: the domains, then the tokens. Memory is two records per domain. Concatenating reads the
    /// tokens twice and holds 32 bytes a document.</summary>
    /// <param name="tokenFolder">What the stage Tokenize wrote; its <c>tokenizer.json</c> is copied.</param>
    /// <param name="outFolder">An existing folder.</param>
    /// <param name="progress">Hears of documents.</param>
    /// <param name="cancellation">Ends the work between two documents.</param>
    /// <exception cref="InputException">The corpus is empty, has one domain, leaves nothing to hold out, holds a token outside the
    /// vocabulary, or its files are missing or damaged.</exception>
    public (PackInfo Info, PackReport Report) Run(string tokenFolder, string outFolder, IProgressListener progress,
        CancellationToken cancellation = default)
    {
        var tokenizer = Path.Combine(tokenFolder, "tokenizer.json");
        if (!File.Exists(tokenizer))
            throw new InputException(tokenizer, null, "the file does not exist.", "Name a folder that the stage Tokenize wrote.");

        var split = new HeldoutSplit(_options.Seed, _options.HeldoutFraction);
        var map = new DomainMap();
        var documents = 0L;
        foreach (var document in TokenShards.ReadDomains(tokenFolder))
        {
            cancellation.ThrowIfCancellationRequested();
            map.Observe(document, tokenFolder);
            split.Observe(document);
            documents++;
        }

        map.RequireTwo(tokenFolder);
        var report = new PackReport();
        WriteRecords(tokenFolder, outFolder, map, split, report, documents, progress, cancellation);
        if (report.Heldout.Sequences == 0)
            throw new InputException(tokenFolder, null, "no domain has two documents, so that nothing can be held out.",
                "Give a corpus with at least two documents in some domain.");

        var info = new PackInfo(_options.SequenceLength, TokenFormat.Bytes(_options.VocabularySize), _options.VocabularySize,
            _options.EndOfTextId, map.Domains3, map.Domains49,
            new(report.Train.Sequences, report.Train.Tokens), new(report.Heldout.Sequences, report.Heldout.Tokens))
        {
            Layout = _options.Layout,
            CoarseDomains = _options.Layout == PackLayout.Concatenated ? [.. map.Domains49.Select(d => (int)map.Position3(d))] : null,
        };
        info.Write(outFolder);
        DurableFile.WriteAllText(Path.Combine(outFolder, "report.json"), JsonSerializer.Serialize(report, JsonFormat.Indented) + "\n");
        File.Copy(tokenizer, Path.Combine(outFolder, "tokenizer.json"), overwrite: true);
        return (info, report);
    }

    private void WriteRecords(string tokenFolder, string outFolder, DomainMap map, HeldoutSplit split, PackReport report, long total,
        IProgressListener progress, CancellationToken cancellation)
    {
        var positions = map.Domains49.Index().ToDictionary(d => d.Item, d => d.Index, StringComparer.Ordinal);
        var (train, heldout) = Writers(tokenFolder, outFolder, map, split, report, positions, cancellation);
        using var _ = train;
        using var __ = heldout;
        var done = 0L;
        foreach (var document in TokenShards.Read(tokenFolder))
        {
            cancellation.ThrowIfCancellationRequested();
            RequireKnown(document, tokenFolder);
            (split.IsHeldOut(document.DocumentId, document.Domain49) ? heldout : train).Add(positions[document.Domain49], document.Tokens);
            if (++done % ReportEvery == 0)
                progress.Report(new("Pack", done, total, "documents"));
        }

        train.Finish();
        heldout.Finish();
        progress.Report(new("Pack", done, total, "documents"));
    }

    private (IPartWriter Train, IPartWriter Heldout) Writers(string tokenFolder, string outFolder, DomainMap map, HeldoutSplit split,
        PackReport report, Dictionary<string, int> positions, CancellationToken cancellation)
    {
        if (_options.Layout == PackLayout.ByDomain)
            return (new RecordWriter(outFolder, "train", _options, map, report.Train), new RecordWriter(outFolder, "heldout", _options, map, report.Heldout));
        var (train, heldout) = (new ConcatenatedOrder(_options.Seed), new ConcatenatedOrder(_options.Seed));
        foreach (var document in TokenShards.Read(tokenFolder))
        {
            cancellation.ThrowIfCancellationRequested();
            RequireKnown(document, tokenFolder);
            (split.IsHeldOut(document.DocumentId, document.Domain49) ? heldout : train)
                .Observe(document.DocumentId, positions[document.Domain49], document.Tokens.Length);
        }

        return (new ConcatenatedWriter(outFolder, "train", _options, map, report.Train, train),
            new ConcatenatedWriter(outFolder, "heldout", _options, map, report.Heldout, heldout));
    }

    private void RequireKnown(TokenizedDocument document, string tokenFolder)
    {
        if (document.Tokens.AsSpan().IndexOfAnyExceptInRange(0, _options.VocabularySize - 1) is >= 0 and var bad)
            throw new InputException(tokenFolder, null, $"token {document.Tokens[bad]} of document {document.DocumentId} is not in the "
                + $"vocabulary of {_options.VocabularySize}.", "Pack with the tokenizer that made the shards.");
    }

    private static PackOptions Valid(PackOptions options)
    {
        options.Validate();
        return options;
    }
}
