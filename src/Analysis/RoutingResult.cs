using CsvHelper;

namespace ExpertDivergence.Analysis;

/// <summary>What an Analyze stage finds out.</summary>
/// <param name="Statistics">The rows of <c>routing.csv</c>: by scheme, then layer.</param>
/// <param name="Activations">The rows of <c>activation.csv</c>: by scheme, layer, domain, expert.</param>
public sealed record RoutingResult(IReadOnlyList<RoutingStatistics> Statistics, IReadOnlyList<ExpertActivation> Activations)
{
    /// <summary>Writes <c>routing.csv</c> and <c>activation.csv</c> into a folder that exists.</summary>
    public void Write(string folder)
    {
        WriteCsv(Path.Combine(folder, "routing.csv"), Statistics);
        WriteCsv(Path.Combine(folder, "activation.csv"), Activations);
    }

    private static void WriteCsv<T>(string path, IEnumerable<T> rows)
    {
        using var csv = CsvWriter.ToFile(path, CsvWriterOptions.For<T>() with { NewLine = "\n" });
        csv.WriteRecords(rows);
    }
}
