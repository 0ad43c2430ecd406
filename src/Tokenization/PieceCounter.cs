using System.Buffers;
using System.Text;
using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>Reads documents once and counts their pieces on several threads, each into a table of its own.</summary>
internal static class PieceCounter
{
    private const int BatchCharacters = 1 << 22;

    public static (PieceCounts Pieces, long Documents, long Bytes) Count(
        IEnumerable<string> documents, IPreTokenizer preTokenizer, BpeTrainerOptions options, IProgressListener progress, CancellationToken cancel)
    {
        var tables = new PieceCounts[options.Threads > 0 ? options.Threads : Environment.ProcessorCount];
        for (var t = 0; t < tables.Length; t++)
            tables[t] = new PieceCounts();
        var batch = new List<string>();
        long read = 0, bytes = 0, characters = 0;
        foreach (var document in documents)
        {
            var size = Encoding.UTF8.GetByteCount(document);
            if (read == options.MaxDocuments || bytes + size > options.MaxBytes)
                break;
            batch.Add(document);
            read++;
            bytes += size;
            characters += document.Length;
            if (characters < BatchCharacters)
                continue;
            CountBatch();
            characters = 0;
        }

        CountBatch();
        for (var t = 1; t < tables.Length; t++)
            tables[0].AddAll(tables[t]);
        return (tables[0], read, bytes);

        void CountBatch()
        {
            var next = -1;
            Parallel.For(0, tables.Length, new ParallelOptions { MaxDegreeOfParallelism = tables.Length, CancellationToken = cancel }, t =>
            {
                for (var i = Interlocked.Increment(ref next); i < batch.Count; i = Interlocked.Increment(ref next))
                    CountDocument(tables[t], batch[i], preTokenizer);
            });
            batch.Clear();
            progress.Report(new ProgressUpdate("Count words", read, options.MaxDocuments, "documents"));
        }
    }

    private static void CountDocument(PieceCounts table, string document, IPreTokenizer preTokenizer)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(document.Length));
        table.AddText(buffer.AsSpan(0, Encoding.UTF8.GetBytes(document, buffer)), preTokenizer);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
