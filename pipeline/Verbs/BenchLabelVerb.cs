using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Labeling;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl bench label</c>: how fast the labellers are on one core, over the text that they read.</summary>
internal static class BenchLabelVerb
{
    public static Command Create()
    {
        var input = new Option<string[]>("--in") { Description = "JSONL files and folders of them.", Required = true, AllowMultipleArgumentsPerToken = true };
        var model = new Option<string>("--model") { Description = "A folder that edl labeller train wrote.", Required = true };
        var seconds = new Option<double>("--seconds") { Description = "Time of each of three runs; the median is shown.", DefaultValueFactory = _ => 3 };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("label", "Measure the labellers on one core: bytes of text that they read, in memory.") { input, model, seconds, json };
        command.SetAction((parsed, cancellation) =>
        {
            const int Limit = 16_384;
            var texts = new CorpusReader(parsed.GetValue(input)!).Read(cancellation).Take(20_000).Select(d => d.Text.Length > Limit ? d.Text[..Limit] : d.Text).ToList();
            var bytes = texts.Sum(t => (long)Encoding.UTF8.GetByteCount(t));
            var labeller = new ModelLabeller(TopicModel.Read(parsed.GetValue(model)!, Taxonomy.BuiltIn), Taxonomy.BuiltIn);
            var lexicon = new LexiconLabeller(Taxonomy.BuiltIn);
            var time = parsed.GetValue(seconds);
            var results = new Dictionary<string, Throughput>
            {
                ["linear"] = Rate(texts, bytes, time, t => labeller.Topic(t), cancellation),
                ["detect"] = Rate(texts, bytes, time, t => DetectingLabeller.Detect(t), cancellation),
                ["model"] = Rate(texts, bytes, time, t => labeller.Label(t), cancellation),
                ["lexicon"] = Rate(texts, bytes, time, t => lexicon.Label(t), cancellation),
            };
            if (parsed.GetValue(json))
                System.Console.WriteLine(JsonSerializer.Serialize(new { documents = texts.Count, bytes, megabytes = results }, JsonFormat.Indented));
            else
                foreach (var (name, rate) in results)
                    System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-8} {rate.PerSecond,8:F1} MB/s {rate.PerCoreSecond,8:F1} MB a second of one core's time"));
            return Task.FromResult(ExitCodes.Done);
        });
        return command;
    }

    private static Throughput Rate(List<string> texts, long bytes, double seconds, Action<string> label, CancellationToken cancellation)
    {
        var rates = new List<Throughput>();
        foreach (var text in texts.Take(500))
            label(text);
        using var process = Process.GetCurrentProcess();
        for (var run = 0; run < 3; run++)
        {
            process.Refresh();
            var (clock, core, done) = (Stopwatch.StartNew(), process.TotalProcessorTime, 0L);
            do
            {
                foreach (var text in texts)
                {
                    cancellation.ThrowIfCancellationRequested();
                    label(text);
                }

                done += bytes;
            }
            while (clock.Elapsed.TotalSeconds < seconds);
            process.Refresh();
            rates.Add(new(done / 1e6 / clock.Elapsed.TotalSeconds, done / 1e6 / (process.TotalProcessorTime - core).TotalSeconds));
        }

        return rates.OrderBy(r => r.PerSecond).ElementAt(1);
    }

    /// <summary>Megabytes of text by the clock, and by the processor time that the process was given: the two differ on a busy machine.</summary>
    private sealed record Throughput(double PerSecond, double PerCoreSecond);
}
