using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;

namespace ExpertDivergence.Training;

/// <summary>The weights of a model.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Active">Those that one token uses: K of E experts; embedding and head whole.</param>
public sealed record ParameterCounts(long Total, long Active);

/// <summary><c>training.json</c>: what was trained, and on how much.</summary>
public sealed record TrainingReport
{
    /// <summary>The file's name in a result folder.</summary>
    public const string FileName = "training.json";

    /// <summary>The arm's name.</summary>
    public required string Arm { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Tokens predicted, padding left out.</summary>
    public required long Tokens { get; init; }

    /// <summary>The model's weights.</summary>
    public required ParameterCounts Parameters { get; init; }

    /// <summary>Hash of the order of sequences: equal between arms that saw the same batches.</summary>
    public required string OrderSha256 { get; init; }

    /// <summary>The auxiliary losses by name, every option and its value.</summary>
    public required JsonObject Losses { get; init; }

    /// <summary>Floating-point operations to train on one token; see <see cref="CountFlops"/>.</summary>
    public required long FlopsPerToken { get; init; }

    /// <summary>The options of losses by name.</summary>
    public static JsonObject Describe(IReadOnlyList<ILoss> losses) =>
        new(losses.Select(l => KeyValuePair.Create(l.Name, JsonSerializer.SerializeToNode(l.Options, JsonFormat.Indented))));

    /// <summary>6 for every active weight that is multiplied with (the embedding is only looked up), and causal attention's
    /// 6 · layers · heads · head width · length: two products, half of each masked, once forward and twice backward.</summary>
    /// <param name="model">The shape.</param>
    /// <param name="length">L: tokens of a sequence.</param>
    public static long CountFlops(ModelOptions model, int length) =>
        (6 * (model.CountParameters().Active - ((long)model.VocabSize * model.Dim)))
        + (6L * model.Layers * model.Heads * model.ResolvedHeadDim * length);

    /// <summary>Writes the file into a folder.</summary>
    public void Write(string folder) =>
        DurableFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, JsonFormat.Indented) + "\n");
}
