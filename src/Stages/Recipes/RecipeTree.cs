using System.Text.Json;
using System.Text.Json.Nodes;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>Operations on the JSON tree of a recipe.</summary>
internal static class RecipeTree
{
    /// <summary>Lays one tree over another: mappings merge key by key, everything else is replaced; null leaves what was there.</summary>
    public static JsonObject Merge(JsonObject below, JsonObject above)
    {
        var result = (JsonObject)below.DeepClone();
        foreach (var (key, value) in above)
        {
            if (value is null && result.ContainsKey(key))
                continue;
            result[key] = value is JsonObject over && result[key] is JsonObject under ? Merge(under, over) : value?.DeepClone();
        }

        return result;
    }

    /// <summary>The node at a dotted path, or null.</summary>
    public static JsonNode? At(JsonNode? tree, string path)
    {
        foreach (var part in path.Split('.'))
        {
            if (tree is not JsonObject o || !o.TryGetPropertyValue(part, out tree))
                return null;
        }

        return tree;
    }

    /// <summary>Sets the node at a dotted path, making mappings on the way.</summary>
    public static void Set(JsonObject tree, string path, JsonNode? value)
    {
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            if (tree[part] is not JsonObject next)
                tree[part] = next = [];
            tree = next;
        }

        tree[parts[^1]] = value;
    }

    /// <summary>Every dotted path of the tree that leads to a value.</summary>
    public static IEnumerable<string> Leaves(JsonNode? tree, string path = "")
    {
        if (tree is not JsonObject { Count: > 0 } o)
            return [path];
        return o.SelectMany(p => Leaves(p.Value, path.Length == 0 ? p.Key : $"{path}.{p.Key}"));
    }

    /// <summary>What sort of value a node is, in words that a user knows.</summary>
    public static string Kind(JsonNode? node) => node switch
    {
        null => "nothing",
        JsonObject => "a mapping",
        JsonArray => "a list",
        JsonValue v => v.GetValueKind() switch
        {
            JsonValueKind.String => "text",
            JsonValueKind.True or JsonValueKind.False => "true or false",
            _ => v.TryGetValue<long>(out _) ? "a whole number" : "a number",
        },
        _ => "a value",
    };
}
