using ExpertDivergence.Core;

namespace ExpertDivergence.Analysis;

/// <summary>Runs through a routing source once and sums up, layer by layer, what the routers do with each domain.</summary>
public static class RoutingCollector
{
    /// <summary>Collects the statistics of both label schemes. Memory is that of layers × domains × experts, whatever the number of sequences.</summary>
    /// <param name="source">The routing of every sequence.</param>
    /// <param name="progress">Told the sequences done.</param>
    /// <param name="cancellation">Ends the collection between two sequences.</param>
    public static RoutingResult Collect(IRoutingSource source, IProgressListener progress, CancellationToken cancellation = default)
    {
        var coarse = Accumulators(source.Layers, source.Domains3.Count, source.Experts);
        var fine = Accumulators(source.Layers, source.Domains49.Count, source.Experts);
        var done = 0.0;
        foreach (var sequence in source.Read(cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            for (var layer = 0; layer < source.Layers; layer++)
            {
                coarse[layer].Add(sequence.Domain3, sequence.MeanProbabilities[layer], sequence.Loads[layer], sequence.Weight);
                fine[layer].Add(sequence.Domain49, sequence.MeanProbabilities[layer], sequence.Loads[layer], sequence.Weight);
            }

            done += sequence.Weight;
            progress.Report(new ProgressUpdate("Analyze", (long)Math.Round(done), source.Sequences, "sequences"));
        }

        var schemes = new[] { ("domain3", coarse, source.Domains3), ("domain49", fine, source.Domains49) };
        return new RoutingResult(
            [.. schemes.SelectMany(s => s.Item2.Select((a, layer) => a.Statistics() with { Layer = layer, Scheme = s.Item1 }))],
            [.. schemes.SelectMany(s => s.Item2.SelectMany((a, layer) => a.Activations(layer, s.Item1, s.Item3)))]);
    }

    private static RoutingAccumulator[] Accumulators(int layers, int domains, int experts) =>
        [.. Enumerable.Range(0, layers).Select(_ => new RoutingAccumulator(domains, experts))];
}
