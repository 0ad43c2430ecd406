using System.Text.Json.Nodes;
using CsvHelper;

namespace ExpertDivergence.Evaluation;

/// <summary>The outcome of one item.</summary>
/// <param name="Task">Name of its subset.</param>
/// <param name="Id">Unique within the subset.</param>
/// <param name="Gold">Position of the right choice, or the right answer's text.</param>
/// <param name="Prediction">What the first metric (multiple choice) or the last one (generation) compared with it.</param>
/// <param name="LogLikelihoods">Of the choices, in nats; empty for generation.</param>
/// <param name="Values">1 or 0 per metric of the task, in its order.</param>
/// <param name="Chance">What guessing scores on this item: 1 / number of choices, or 0.</param>
public sealed record ItemScore(
    string Task,
    string Id,
    JsonValue Gold,
    JsonValue Prediction,
    IReadOnlyList<double> LogLikelihoods,
    IReadOnlyList<double> Values,
    double Chance);

/// <summary>A row of <c>scores.csv</c>.</summary>
/// <param name="Task">Name of a task or of one of its subsets.</param>
/// <param name="Metric">For example <c>acc</c>.</param>
/// <param name="Value">Mean over the items, in [0, 1].</param>
/// <param name="StandardError">Of the mean; NaN where no subset has two items.</param>
/// <param name="N">Number of items.</param>
/// <param name="Chance">What guessing scores.</param>
[CsvRecord]
public sealed partial record TaskScore(
    [property: CsvColumn("task")] string Task,
    [property: CsvColumn("metric")] string Metric,
    [property: CsvColumn("value")] double Value,
    [property: CsvColumn("standard_error")] double StandardError,
    [property: CsvColumn("n")] int N,
    [property: CsvColumn("chance")] double Chance);
