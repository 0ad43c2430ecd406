using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Modeling;

/// <summary>A <c>config.json</c> that is read key by key, every surprise an error that names file and key.</summary>
internal sealed class HuggingFaceJson(JsonObject json, string path)
{
    public const string Remedy = "Give a folder that this program or transformers saved as Qwen3MoeForCausalLM or Dots1ForCausalLM.";

    public JsonNode? this[string name] => json[name];

    public static HuggingFaceJson Parse(string path)
    {
        try
        {
            var strict = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return new HuggingFaceJson(JsonNode.Parse(File.ReadAllText(path), documentOptions: strict) as JsonObject ?? throw Refuse(path, "not a JSON object"), path);
        }
        catch (JsonException e)
        {
            throw new InputException(path, e.LineNumber + 1, "not JSON: " + e.Message, Remedy, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, null, "cannot be read: " + e.Message, Remedy, e);
        }
    }

    /// <summary>A mapping inside, or null.</summary>
    public HuggingFaceJson? Inner(string name) => json[name] is JsonObject inner ? new HuggingFaceJson(inner, path) : null;

    public void Require<T>(string name, T wanted, T? whenMissing = default)
    {
        var found = json[name] is null && whenMissing is not null ? whenMissing : Value(name, default(T)!);
        if (!EqualityComparer<T>.Default.Equals(found, wanted))
            throw Refuse($"'{name}' is {json[name]?.ToJsonString() ?? "missing"}, this model needs {JsonSerializer.Serialize(wanted)}");
    }

    public void OneOf(string name, params string[] words)
    {
        if (!words.Contains(Value(name, "")))
            throw Refuse($"'{name}' is {json[name]?.ToJsonString() ?? "missing"}, this model knows {string.Join(" and ", words)}");
    }

    public int Integer(string name, int? whenMissing = null) =>
        json[name] is null && whenMissing is null ? throw Refuse($"'{name}' is missing") : Value(name, whenMissing ?? 0);

    public T Value<T>(string name, T whenMissing) => json[name] switch
    {
        null => whenMissing,
        JsonValue v when v.TryGetValue<T>(out var value) => value,
        var other => throw Refuse($"'{name}' is {other.ToJsonString()}, which is no {typeof(T).Name}"),
    };

    /// <summary>The length of a list that counts layers from the bottom: [0, 1, 2] is 3.</summary>
    public int FirstLayers(string name)
    {
        if (json[name] is null)
            return 0;
        if (json[name] is not JsonArray list || !list.Select((entry, i) => entry is JsonValue v && v.TryGetValue<int>(out var layer) && layer == i).All(right => right))
            throw Refuse($"'{name}' is {json[name]!.ToJsonString()}; only layers at the bottom can be without experts");
        return list.Count;
    }

    public InputException Refuse(string message) => Refuse(path, message);

    private static InputException Refuse(string path, string message) => new(path, null, message, Remedy);
}
