using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>Holds a recipe's keys and kinds of value against <c>defaults.yaml</c> and <c>losses.yaml</c>, which are the schema.</summary>
internal sealed class RecipeSchema(JsonObject defaults, JsonObject losses)
{
    /// <summary>Refuses what the schema does not know.</summary>
    /// <param name="tree">The tree as written by the user.</param>
    /// <param name="where">Turns a dotted path into an error about that place.</param>
    public void Check(JsonObject tree, Func<string, string, string, Exception> where)
    {
        foreach (var (key, value) in tree)
        {
            if (key == "extends")
                continue;
            if (key == "arms")
                CheckArms(value, where);
            else
                CheckNode(key, value, defaults, key, where);
        }
    }

    /// <summary>The full names of all keys, for hints.</summary>
    public IReadOnlyCollection<string> AllKeys(IEnumerable<string> arms) =>
    [
        .. RecipeTree.Leaves(defaults).Where(k => !k.StartsWith("arms", StringComparison.Ordinal)),
        .. arms.SelectMany(a => RecipeTree.Leaves(losses).Select(l => $"arms.{a}.losses.{l}")),
    ];

    private static void CheckNode(string key, JsonNode? value, JsonObject schema, string path, Func<string, string, string, Exception> where)
    {
        if (!schema.TryGetPropertyValue(key, out var model))
            throw where(path, $"unknown key '{path}'", NearestName.Hint(key, schema.Select(p => p.Key).ToArray()));
        if (value is null)
            return;
        if (model is JsonObject { Count: 0 } && value is JsonObject names)
        {
            // A mapping whose names are the user's: each names a number.
            foreach (var (k, v) in names)
            {
                if (v is null || !RecipeTree.Kind(v).EndsWith("number", StringComparison.Ordinal))
                    throw where($"{path}.{k}", $"'{path}.{k}' takes a number, not {RecipeTree.Kind(v)}", "Write for example 2.0.");
            }

            return;
        }

        if (model is JsonObject inner && value is JsonObject o)
        {
            foreach (var (k, v) in o)
                CheckNode(k, v, inner, $"{path}.{k}", where);
            return;
        }

        var (wanted, got) = (RecipeTree.Kind(model), RecipeTree.Kind(value));
        if (wanted != got && !(wanted == "a number" && got == "a whole number") && !(wanted == "text" && got is "a whole number" or "a number"))
            throw where(path, $"'{path}' takes {wanted}, not {got}", $"Its default is {model!.ToJsonString()}.");
    }

    private void CheckArms(JsonNode? arms, Func<string, string, string, Exception> where)
    {
        if (arms is not JsonObject map)
            throw where("arms", "'arms' takes a mapping of names to losses", "Write `arms:` and below it `  baseline:`.");
        foreach (var (name, arm) in map)
        {
            if (arm is not null && arm is not JsonObject)
                throw where($"arms.{name}", $"'arms.{name}' takes a mapping", "Write `losses:` below it, or leave it empty to take it from recipes/arms.");
            foreach (var (key, value) in arm as JsonObject ?? [])
            {
                if (key == "model")
                {
                    CheckNode(key, value, defaults, $"arms.{name}.model", where);
                    continue;
                }

                if (key != "losses")
                    throw where($"arms.{name}.{key}", $"unknown key 'arms.{name}.{key}'", "An arm has two keys: losses, and model for what differs in it.");
                foreach (var (loss, options) in value as JsonObject ?? [])
                    CheckNode(loss, options, losses, $"arms.{name}.losses.{loss}", where);
            }
        }
    }
}
