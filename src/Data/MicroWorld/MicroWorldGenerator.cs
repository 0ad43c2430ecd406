using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>What was written.</summary>
/// <param name="Documents">Documents of the corpus.</param>
/// <param name="Domains">Documents by domain of the 49.</param>
/// <param name="Items">Items by benchmark: <c>arc_easy</c>, <c>mmlu</c>, <c>ceval</c>, <c>gsm8k</c> (the evaluated split alone).</param>
public sealed record MicroWorldSummary(int Documents, IReadOnlyDictionary<string, int> Domains, IReadOnlyDictionary<string, int> Items);

/// <summary>The built-in corpus with its benchmarks: a closed world of invented facts, small enough to be learnt in a minute.</summary>
/// <remarks>Described in <c>data/microworld/README.md</c>. What a model scores on it is called a micro-world score.</remarks>
public static class MicroWorldGenerator
{
    private static readonly string[] s_files = ["en", "zh", "math"];

    /// <summary>Writes <c>corpus/</c> (en.jsonl, zh.jsonl, math.jsonl, labels.json) and <c>benchmarks/</c> into a folder.</summary>
    /// <param name="options">What to make.</param>
    /// <param name="folder">Where; made if missing. Writing it atomically is the caller's part.</param>
    /// <param name="progress">Hears of each file.</param>
    /// <param name="ct">Ends the work between topics.</param>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    public static MicroWorldSummary Write(MicroWorldOptions options, string folder, IProgressListener progress, CancellationToken ct)
    {
        options.Validated();
        var world = World.Create(options.Seed);
        var corpus = Path.Combine(folder, "corpus");
        var all = new List<MicroDocument>();
        foreach (var domain3 in s_files)
        {
            var documents = CorpusWriter.Documents(options, world, domain3, ct);
            CorpusWriter.Write(Path.Combine(corpus, domain3 + ".jsonl"), documents);
            all.AddRange(documents);
            progress.Report(new ProgressUpdate("MicroWorld", all.Count, options.Documents, "documents"));
        }

        CorpusWriter.WriteLabels(Path.Combine(corpus, "labels.json"), all);
        ct.ThrowIfCancellationRequested();
        var benchmarks = Path.Combine(folder, "benchmarks");
        var items = new Dictionary<string, int>
        {
            ["arc_easy"] = BenchmarkWriter.WriteArcEasy(world, options.Seed, benchmarks),
            ["mmlu"] = BenchmarkWriter.WriteMmlu(world, options.Seed, benchmarks),
            ["ceval"] = BenchmarkWriter.WriteCEval(world, options.Seed, benchmarks),
            ["gsm8k"] = BenchmarkWriter.WriteGsm8k(options, benchmarks),
        };
        return new MicroWorldSummary(all.Count, all.CountBy(d => d.Domain).ToDictionary(), items);
    }
}
