using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Data;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl bench parquet</c>: token shards written and read on one core, the values compared.</summary>
internal static class BenchParquetVerb
{
    private const int Vocabulary = 50_257;

    public static Command Create()
    {
        var millions = new Option<int>("--tokens") { Description = "Millions of tokens.", DefaultValueFactory = _ => 50 };
        var command = new Command("parquet", "Write and read token shards on one core.") { millions };
        command.SetAction((parsed, cancellation) =>
        {
            var folder = Directory.CreateTempSubdirectory("edl-bench-").FullName;
            try
            {
                Run(folder, Documents(parsed.GetValue(millions) * 1_000_000L), cancellation);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }

            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static void Run(string folder, IEnumerable<TokenizedDocument> documents, CancellationToken cancellation)
    {
        var (written, read) = (new Check(), new Check());
        var made = Time(() => new Check().Sum(documents));
        var write = Time(() => TokenShards.Write(folder, written.Observe(documents), new TokenizerIdentity("bench", "0"), cancellation: cancellation));
        var bytes = Directory.EnumerateFiles(folder).Sum(f => new FileInfo(f).Length);
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{written.Tokens / 1e6:N0} M tokens in {written.Documents:N0} documents, {bytes / 1e6:N1} MB in {Directory.GetFiles(folder).Length} shards, {8.0 * bytes / written.Tokens:N2} bits a token"));
        Print("write", written.Tokens, write.Less(made));
        Print("read", written.Tokens, Time(() => read.Sum(TokenShards.Read(folder))));
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:N0} MB"));
        if (read.Hash != written.Hash)
            throw new InputException(folder, null, "the tokens read are not those written.", "Report this as a defect.");
    }

    private static void Print(string what, long tokens, Cost cost) => System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{what,-6}{tokens / 1e6 / cost.Wall,8:N1} M tokens/s by the clock ({cost.Wall:N2} s), {tokens / 1e6 / cost.Processor:N1} M a processor second"));

    private static Cost Time(Action action)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        action();
        return new(clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }

    // Documents of 500 to 1500 tokens; tokens by Zipf's law, so that they compress as those of a text do.
    private static IEnumerable<TokenizedDocument> Documents(long tokens)
    {
        var random = new KeyedRandom(1, "bench", "parquet");
        var pool = new int[1 << 20];
        for (var i = 0; i < pool.Length; i++)
            pool[i] = (int)Math.Pow(Vocabulary, random.NextDouble()) - 1;
        for (var id = 0L; tokens > 0; id++)
        {
            var length = (int)Math.Min(tokens, 500 + random.NextInt(1001));
            yield return new(id, "bench", "en", "en/Games", 1, pool.AsSpan(random.NextInt(pool.Length - length), length).ToArray());
            tokens -= length;
        }
    }

    /// <summary>Seconds by the clock and of the processor.</summary>
    private readonly record struct Cost(double Wall, double Processor)
    {
        /// <summary>Without what making the documents costs.</summary>
        public Cost Less(Cost other) => new(Wall - other.Wall, Processor - other.Processor);
    }

    private sealed class Check
    {
        public long Documents { get; private set; }

        public long Tokens { get; private set; }

        public ulong Hash { get; private set; }

        public void Sum(IEnumerable<TokenizedDocument> documents)
        {
            foreach (var _ in Observe(documents))
            {
                // Observing is all.
            }
        }

        public IEnumerable<TokenizedDocument> Observe(IEnumerable<TokenizedDocument> documents)
        {
            foreach (var document in documents)
            {
                Documents++;
                Tokens += document.Tokens.Length;
                foreach (var token in document.Tokens)
                    Hash = (Hash * 31) + (uint)token;
                yield return document;
            }
        }
    }
}
