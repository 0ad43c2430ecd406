using System.Text.Json.Nodes;

namespace ExpertDivergence.Stages.Graph;

/// <summary>One task of the graph: a stage, for Pretrain, Evaluate and Analyze of one arm and seed.</summary>
/// <param name="Name">The task's name, for example <c>Pretrain-edl-49-s1</c>.</param>
/// <param name="Stage">The kind (<see cref="StageCatalog"/>).</param>
/// <param name="Key">SHA-256 over stage, version, parameters, inputs and toolchain.</param>
/// <param name="Folder">Where its result lies or will lie.</param>
/// <param name="Inputs">The nodes it reads, by role (<c>documents</c>, <c>data</c>, <c>model</c>…).</param>
/// <param name="Parameters">The resolved parameters that the key covers.</param>
/// <param name="Command">The arguments of <c>edl</c> that make it, without <c>--recipe</c>.</param>
/// <param name="Threads">Native threads that it keeps busy.</param>
/// <param name="Arm">The arm, or null.</param>
/// <param name="Seed">The seed, or null.</param>
public sealed record StageNode(
    string Name,
    string Stage,
    string Key,
    string Folder,
    IReadOnlyList<KeyValuePair<string, StageNode>> Inputs,
    JsonObject Parameters,
    IReadOnlyList<string> Command,
    int Threads,
    string? Arm = null,
    long? Seed = null)
{
    /// <summary>Whether the finished result is there.</summary>
    public bool IsDone => File.Exists(Path.Combine(Folder, "manifest.json"));
}
