using System.Globalization;

namespace ExpertDivergence.Training;

/// <summary>The held-out losses of a run on its way: the rows of <c>validation.csv</c>.</summary>
internal sealed class ValidationLog
{
    private const string File = "validation.csv";

    /// <summary>The rows so far: a measurement has one for all, one for each coarse and one for each fine domain.</summary>
    public CsvTable Table { get; private set; } = new(["step", "scheme", "domain", "sequences", "tokens", "nll"]);

    /// <summary>Adds a measurement.</summary>
    public void Add(int step, IEnumerable<ValidationResult> results)
    {
        foreach (var r in results)
            Table.Add(CsvTable.Number(step), r.Scheme, r.Domain, CsvTable.Number(r.Sequences), CsvTable.Number(r.Tokens), CsvTable.Number(r.NegativeLogLikelihood));
    }

    /// <summary>Writes the rows into a folder, where there are any.</summary>
    public void Write(string folder)
    {
        if (Table.Rows.Count > 0)
            Table.Write(Path.Combine(folder, File));
    }

    /// <summary>Goes on from the rows of an interrupted run.</summary>
    public void Resume(string folder)
    {
        var path = Path.Combine(folder, File);
        if (System.IO.File.Exists(path))
            Table = CsvTable.Read(path);
    }

    /// <summary>A measurement in one line.</summary>
    public static string Note(int step, IReadOnlyList<ValidationResult> results)
    {
        var domains = results.Where(r => r.Scheme == "domain3").Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Domain} {r.Loss:F3}"));
        return string.Create(CultureInfo.InvariantCulture, $"Held out at step {step}: {results[0].Loss:F3} nats a token ({string.Join(", ", domains)})");
    }
}
