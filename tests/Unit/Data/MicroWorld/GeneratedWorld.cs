using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Data.MicroWorld;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Data.MicroWorld;

/// <summary>One world, written once for all tests that only read it.</summary>
public sealed class GeneratedWorld : IDisposable
{
    public static MicroWorldOptions Options { get; } = new() { Seed = 7, Problems = 60 };

    public GeneratedWorld()
    {
        Folder = Directory.CreateTempSubdirectory("micro-world-").FullName;
        Summary = MicroWorldGenerator.Write(Options, Folder, SilentProgress.Instance, TestContext.Current.CancellationToken);
        World = World.Create(Options.Seed);
        var map = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "corpus", "labels.json"))).RootElement.GetProperty("label_to_domain49");
        Documents = [.. Directory.GetFiles(Path.Combine(Folder, "corpus"), "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(d => (map.GetProperty(d.GetProperty("label").GetString()!).GetString()!, d.GetProperty("text").GetString()!))];
    }

    public string Folder { get; }

    public MicroWorldSummary Summary { get; }

    public World World { get; }

    public IReadOnlyList<(string Domain, string Text)> Documents { get; }

    public string Benchmark(params string[] path) => Path.Combine([Folder, "benchmarks", .. path]);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
