using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary><c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
/// <remarks>The format: an object with <c>weight_map</c>, {tensor: file}, and free <c>metadata</c>, of which nothing is taken.</remarks>
internal sealed class ShardIndex
{
    private ShardIndex(string path, IEnumerable<KeyValuePair<string, string>> places) =>
        (Path, Shards) = (path, [.. places.GroupBy(p => p.Value, p => p.Key, StringComparer.Ordinal).OrderBy(s => s.Key, StringComparer.Ordinal)]);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The names of the tensors by file, files in ordinal order.</summary>
    public IReadOnlyList<IGrouping<string, string>> Shards { get; }

    /// <summary>Reads and checks an index.</summary>
    /// <exception cref="InputException">It is damaged, or names a file outside its folder.</exception>
    public static ShardIndex Read(string path)
    {
        try
        {
            var map = HuggingFaceJson.Parse(path)["weight_map"] as JsonObject;
            if (map is not { Count: > 0 })
                throw Damaged(path, "has no 'weight_map' that says which file holds which tensor");
            return new ShardIndex(path, [.. map.Select(pair => KeyValuePair.Create(pair.Key, File(pair, path)))]);
        }
        catch (InvalidOperationException e)
        {
            throw new InputException(path, null, "holds a text that is none: " + e.Message, SafetensorsHeader.DamagedRemedy, e);
        }
    }

    // A name from a file that somebody sent must not lead out of the folder, nor to another kind of file.
    private static string File(KeyValuePair<string, JsonNode?> pair, string path) =>
        pair.Value is JsonValue value && value.TryGetValue<string>(out var file) && file.EndsWith(".safetensors", StringComparison.Ordinal)
            && file.AsSpan().IndexOfAny('/', '\\', '\0') < 0
            ? file
            : throw Damaged(path, $"places '{SafetensorsHeader.Shown(pair.Key)}' in {SafetensorsHeader.Shown(pair.Value?.ToJsonString() ?? "nothing")}, which is no safetensors file of this folder");

    private static InputException Damaged(string path, string message) =>
        new(path, null, message, "The index is damaged or no index of safetensors files: write or download it again.");
}
