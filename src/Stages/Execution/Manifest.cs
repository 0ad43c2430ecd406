using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Execution;

/// <summary>A file of a stage folder.</summary>
/// <param name="Path">Relative to the folder, with <c>/</c>.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash.</param>
public sealed record OutputFile(string Path, long Bytes, string Sha256);

/// <summary>An input of a stage.</summary>
/// <param name="Role">What it is to the stage: <c>documents</c>, <c>model</c>…</param>
/// <param name="Sha256">The key of a stage folder, or the hash of external files.</param>
public sealed record ManifestInput(string Role, string Sha256);

/// <summary>What a finished stage folder says of itself: written last, so that a folder with a manifest is whole.</summary>
public sealed record Manifest(
    int Schema,
    string Stage,
    int Version,
    string Key,
    IReadOnlyList<ManifestInput> Inputs,
    JsonObject Parameters,
    string Toolchain,
    IReadOnlyList<OutputFile> Outputs,
    JsonObject Timing)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The schema that this code writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Files that hold times and are covered by no hash.</summary>
    public static bool IsTiming(string relative) => relative is "timing.csv" or "timing.json" || relative.StartsWith("tensorboard/", StringComparison.Ordinal);

    /// <summary>Reads a folder's manifest.</summary>
    /// <exception cref="InputException">There is none, or it is damaged.</exception>
    public static Manifest Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
            throw new InputException(folder, null, "this is no finished stage folder: it has no manifest.json", "Give the folder that a stage wrote, or run the stage again.");
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllText(file), JsonFormat.Indented) ?? throw new JsonException("empty");
        }
        catch (JsonException e)
        {
            throw new InputException(file, null, "the manifest is damaged", "Delete the folder and run the stage again.", e);
        }
    }

    /// <summary>Writes it into a folder.</summary>
    public void Write(string folder) =>
        DurableFile.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, JsonFormat.Indented) + "\n");

    /// <summary>Describes every file of a folder but the manifest and times.</summary>
    public static IReadOnlyList<OutputFile> Describe(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))
            .Where(f => f != FileName && !IsTiming(f))
            .Order(StringComparer.Ordinal)
            .Select(f => Path.Combine(folder, f) is var full ? new OutputFile(f, new FileInfo(full).Length, Hashing.OfFile(full)) : throw new InvalidOperationException()),
    ];

    /// <summary>What of the folder no longer is as the manifest says; empty where all is well.</summary>
    public IReadOnlyList<string> Differences(string folder)
    {
        var found = new List<string>();
        foreach (var output in Outputs)
        {
            var file = Path.Combine(folder, output.Path);
            if (!File.Exists(file))
                found.Add($"{file} is missing");
            else if (new FileInfo(file).Length != output.Bytes || Hashing.OfFile(file) != output.Sha256)
                found.Add($"{file} has changed since it was written");
        }

        return found;
    }
}
