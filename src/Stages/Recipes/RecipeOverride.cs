using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>One <c>--set a.b.c=value</c>.</summary>
internal static class RecipeOverride
{
    public static void Apply(JsonObject tree, string text, RecipeSchema schema)
    {
        var equals = text.IndexOf('=');
        if (equals <= 0)
            throw new UsageException($"--set {text}: this is no `key=value`", "Write for example --set train.steps=100.");
        var (key, value) = (text[..equals].Trim(), RecipeText.ParseValue(text[(equals + 1)..].Trim()));
        var arms = (tree["arms"] as JsonObject ?? []).Select(p => p.Key).ToArray();
        if (key.Split('.') is ["arms", var arm, ..] && !arms.Contains(arm) && !RecipeLibrary.Arms.Contains(arm))
            throw new UsageException($"--set {text}: the recipe has no arm '{arm}'", NearestName.Hint(arm, arms));

        var probe = new JsonObject();
        RecipeTree.Set(probe, key, value?.DeepClone());
        schema.Check(probe, (path, message, remedy) =>
            new UsageException($"--set {text}: {message}", NearestName.Of(key, schema.AllKeys(arms)) is { } near && near != key ? $"Did you mean '{near}'?" : remedy));
        RecipeTree.Set(tree, key, value);
    }
}
