using System.Globalization;

namespace ExpertDivergence.Training;

/// <summary>The spikes of a run: the rows of <c>spikes.csv</c>.</summary>
/// <param name="factor">See <see cref="SpikeDetector"/>.</param>
/// <param name="domains">The domains of a step's batch, steps counted from 1.</param>
internal sealed class SpikeReport(double factor, Func<int, IReadOnlyList<(string Domain, int Sequences)>> domains)
{
    private const string File = "spikes.csv", RecentFile = "recent-losses.csv";

    private readonly SpikeDetector _detector = new(factor);

    /// <summary>The rows so far: a step is counted from 1; median and limit are those of the losses before it.</summary>
    public CsvTable Table { get; private set; } = new(["step", "loss", "median", "limit", "gradient_norm", "domains"]);

    /// <summary>Takes the next step's numbers; what it adds is told in one line.</summary>
    public string? Observe(int step, double loss, double gradientNorm)
    {
        if (_detector.Observe(loss) is not { } band)
            return null;
        var mix = string.Join("; ", domains(step).Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Domain}:{d.Sequences}")));
        Table.Add(CsvTable.Number(step), CsvTable.Number(loss), CsvTable.Number(band.Median), CsvTable.Number(band.Limit), CsvTable.Number(gradientNorm), mix);
        return string.Create(CultureInfo.InvariantCulture,
            $"Spike at step {step}: loss {loss:F3}, expected up to {band.Limit:F3} (median {band.Median:F3}); gradient norm {gradientNorm:G3}; batch: {mix}");
    }

    /// <summary>Writes the rows into a result folder, where there is one.</summary>
    public void Write(string folder)
    {
        if (Table.Rows.Count > 0)
            Table.Write(Path.Combine(folder, File));
    }

    /// <summary>Writes the losses of the last steps, which <see cref="Resume"/> reads beside the rows.</summary>
    public void WriteRecent(string folder)
    {
        var recent = new MetricsTable(["loss"]);
        foreach (var loss in _detector.Recent)
            recent.Add(loss);
        recent.Write(Path.Combine(folder, RecentFile));
    }

    /// <summary>Goes on from an interrupted run; the folder of a finished one knows no recent losses and needs none.</summary>
    public void Resume(string folder)
    {
        var (recent, spikes) = (Path.Combine(folder, RecentFile), Path.Combine(folder, File));
        if (System.IO.File.Exists(recent))
            _detector.Resume(MetricsTable.Read(recent).Rows.Select(row => row[0]));
        if (System.IO.File.Exists(spikes))
            Table = CsvTable.Read(spikes);
    }
}
