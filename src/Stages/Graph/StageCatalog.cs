using System.Reflection;
using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Graph;

/// <summary>A kind of stage as <c>pipeline/stages.json</c> has it.</summary>
/// <param name="Version">Part of every key: raised when the stage's results change.</param>
/// <param name="Sources">Files and folders of the repository whose change may change its results.</param>
/// <param name="Fingerprint">Hash of those sources when version or notes were last set.</param>
/// <param name="NoEffect">Why earlier changes of the sources left the results as they were.</param>
public sealed record StageKind(int Version, string[] Sources, string Fingerprint, string[]? NoEffect = null);

/// <summary>The kinds of stages, in the order of the data.</summary>
public static class StageCatalog
{
    /// <summary>Generates the built-in corpus and its benchmark files.</summary>
    public const string MicroWorld = "MicroWorld";

    /// <summary>Documents to domains.</summary>
    public const string Label = "Label";

    /// <summary>Documents to tokens.</summary>
    public const string Tokenize = "Tokenize";

    /// <summary>Tokens to sequences.</summary>
    public const string Pack = "Pack";

    /// <summary>Sequences to a checkpoint.</summary>
    public const string Pretrain = "Pretrain";

    /// <summary>A checkpoint to scores.</summary>
    public const string Evaluate = "Evaluate";

    /// <summary>A checkpoint to routing metrics.</summary>
    public const string Analyze = "Analyze";

    /// <summary>Everything to the report.</summary>
    public const string Report = "Report";

    private static readonly Lazy<IReadOnlyDictionary<string, StageKind>> s_kinds = new(Load);

    /// <summary>Every kind by name.</summary>
    public static IReadOnlyDictionary<string, StageKind> Kinds => s_kinds.Value;

    private static IReadOnlyDictionary<string, StageKind> Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("stages.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, StageKind>>(stream, JsonFormat.Indented)!;
    }
}
