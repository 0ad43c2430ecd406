using System.Diagnostics;
using System.Security.Cryptography;
using System.Runtime.InteropServices;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Pipeline.Benchmarks;

/// <summary>Measures encoding. Everything is on the documents' UTF-8 bytes, ids written to memory, after one round that is not counted.</summary>
internal sealed class TokenizeBench(BpeTokenizer tokenizer, int rounds, int mostThreads)
{
    private const double MiB = 1 << 20;

    public TokenizeBenchRow Measure(BenchCorpus corpus, CancellationToken cancellation)
    {
        var tokens = 0L;
        var plain = Best(corpus, () => tokens = One(corpus, null, cancellation));
        var memo = new PieceMemo();
        var remembered = Best(corpus, () => One(corpus, memo, cancellation));
        var scaling = new List<ThreadRate>();
        for (var threads = 1; threads <= mostThreads; threads = threads == mostThreads ? threads + 1 : Math.Min(2 * threads, mostThreads))
        {
            var used = threads;
            scaling.Add(new ThreadRate(threads, Best(corpus, () => Many(corpus, used, cancellation)).Wall));
        }

        return new TokenizeBenchRow(corpus.Name, corpus.Bytes / MiB, corpus.Utf8.Count, tokens, plain.Wall, plain.Cpu, remembered.Cpu, scaling,
            HuggingFaceBench.Measure(tokenizer, corpus, IdsHash(corpus), rounds));
    }

    // Wall clock says what a user waits for; processor time leaves out what other programs took of the core.
    private (double Wall, double Cpu) Best(BenchCorpus corpus, Action round)
    {
        round();
        var (wall, cpu) = (0.0, 0.0);
        for (var i = 0; i < rounds; i++)
        {
            var (clock, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.UserTime);
            round();
            wall = Math.Max(wall, corpus.Bytes / MiB / Stopwatch.GetElapsedTime(clock).TotalSeconds);
            cpu = Math.Max(cpu, corpus.Bytes / MiB / (Environment.CpuUsage.UserTime - used).TotalSeconds);
        }

        return (wall, cpu);
    }

    private long One(BenchCorpus corpus, PieceMemo? memo, CancellationToken cancellation)
    {
        var ids = new int[tokenizer.MaxTokenCount(corpus.Utf8.Max(d => d.Length))];
        var tokens = 0L;
        foreach (var document in corpus.Utf8)
        {
            cancellation.ThrowIfCancellationRequested();
            tokens += tokenizer.EncodeUtf8(document, ids, memo);
        }

        return tokens;
    }

    private void Many(BenchCorpus corpus, int threads, CancellationToken cancellation)
    {
        var next = -1;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, _ =>
        {
            var ids = new int[tokenizer.MaxTokenCount(corpus.Utf8.Max(d => d.Length))];
            for (var i = Interlocked.Increment(ref next); i < corpus.Utf8.Count; i = Interlocked.Increment(ref next))
                tokenizer.EncodeUtf8(corpus.Utf8[i], ids);
        });
    }

    // SHA-256 over the ids as 32-bit little-endian numbers, document by document.
    private string IdsHash(BenchCorpus corpus)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in corpus.Texts)
            hash.AppendData(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(tokenizer.EncodeToIds(text))));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
