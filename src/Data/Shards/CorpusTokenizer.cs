using System.Text;
using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data;

/// <summary>The report of a tokenized corpus, <c>report.json</c>.</summary>
public sealed record TokenizeReport
{
    /// <summary>The tokenizer.</summary>
    public required TokenizerIdentity Tokenizer { get; init; }

    /// <summary>The whole corpus.</summary>
    public DomainTally Total { get; } = new();

    /// <summary>By the three domains.</summary>
    public SortedDictionary<string, DomainTally> Domain3 { get; } = new(StringComparer.Ordinal);

    /// <summary>By the 49 domains; those without a document are absent.</summary>
    public SortedDictionary<string, DomainTally> Domain49 { get; } = new(StringComparer.Ordinal);

    internal void Add(TokenizedDocument document, long bytes)
    {
        Total.Add(document.Tokens.Length, bytes);
        Of(Domain3, document.Domain3).Add(document.Tokens.Length, bytes);
        Of(Domain49, document.Domain49).Add(document.Tokens.Length, bytes);
    }

    private static DomainTally Of(SortedDictionary<string, DomainTally> tallies, string domain) =>
        tallies.TryGetValue(domain, out var tally) ? tally : tallies[domain] = new();
}

/// <summary>Turns document shards into token shards, in their order, with flat memory.</summary>
/// <param name="encode">Text to token ids, without an end-of-text token. Called from several threads at once where
/// <paramref name="threads"/> is above 1.</param>
/// <param name="tokenizer">What <paramref name="encode"/> is; written into the shards.</param>
/// <param name="threads">Threads that encode; the result does not depend on it.</param>
public sealed class CorpusTokenizer(Func<string, int[]> encode, TokenizerIdentity tokenizer, int threads = 1)
{
    private const int BatchDocuments = 256;

    /// <summary>Reads <c>documents-*.parquet</c>, writes <c>tokens-*.parquet</c> and <c>report.json</c>. The caller puts
    /// <c>tokenizer.json</c> beside them.</summary>
    /// <param name="labelFolder">What the stage Label wrote.</param>
    /// <param name="outFolder">An existing folder.</param>
    /// <param name="progress">Hears of documents.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    /// <exception cref="InputException">The shards are missing or damaged.</exception>
    public TokenizeReport Run(string labelFolder, string outFolder, IProgressListener progress, CancellationToken cancellation = default)
    {
        var report = new TokenizeReport { Tokenizer = tokenizer };
        var total = DocumentShards.Count(labelFolder);
        TokenShards.Write(outFolder, Tokenize(DocumentShards.Read(labelFolder), report, total, progress, cancellation), tokenizer,
            cancellation: cancellation);
        DurableFile.WriteAllText(Path.Combine(outFolder, "report.json"), JsonSerializer.Serialize(report, JsonFormat.Indented) + "\n");
        return report;
    }

    private IEnumerable<TokenizedDocument> Tokenize(IEnumerable<LabelledDocument> documents, TokenizeReport report, long total,
        IProgressListener progress, CancellationToken cancellation)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        foreach (var batch in documents.Chunk(BatchDocuments))
        {
            var tokens = new int[batch.Length][];
            Parallel.For(0, batch.Length, parallel, i => tokens[i] = encode(batch[i].Text));
            for (var i = 0; i < batch.Length; i++)
            {
                var d = batch[i];
                var row = new TokenizedDocument(d.DocumentId, d.Source, d.Domain3, d.Domain49, d.Confidence, tokens[i]);
                report.Add(row, Encoding.UTF8.GetByteCount(d.Text));
                yield return row;
            }

            progress.Report(new("Tokenize", report.Total.Documents, total, "documents"));
        }
    }
}
