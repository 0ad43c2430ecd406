using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Stages.Graph;

/// <summary>What of an arm's model and losses goes into its key: a key that came later goes in only where it departs from what was done before it
/// existed, so that results from then are found again.</summary>
internal static class ArmKey
{
    private static readonly JsonObject s_model = new()
    {
        ["normalise_top_k"] = true, ["router_score"] = "softmax", ["router_bias"] = false, ["shared_experts"] = 0, ["first_dense_layers"] = 0,
    };

    /// <summary>The model section of an arm.</summary>
    public static JsonObject Model(Recipe recipe, string arm)
    {
        var model = recipe.ModelOf(arm);
        if (Is(model, "router_bias", s_model["router_bias"]))
            model.Remove("router_bias_rate");
        if (Is(model, "shared_experts", s_model["shared_experts"]))
            model.Remove("shared_expert_size");
        if (Is(model, "first_dense_layers", s_model["first_dense_layers"]))
            model.Remove("dense_size");
        RemoveWhere(model, s_model);
        return model;
    }

    /// <summary>The losses of an arm.</summary>
    public static JsonObject Losses(Recipe recipe, string arm)
    {
        var losses = recipe.LossesOf(arm);
        if (losses["divergence"] is JsonObject divergence)
        {
            if (divergence["labels"]?.ToString() != "random")
                divergence.Remove("classes");
            RemoveWhere(divergence, new JsonObject { ["until_share"] = 0.0 });
        }

        if (losses["load_balance"] is JsonObject balance)
            RemoveWhere(balance, new JsonObject { ["layers"] = "mean" });
        return losses;
    }

    private static void RemoveWhere(JsonObject section, JsonObject values)
    {
        foreach (var (key, value) in values)
        {
            if (Is(section, key, value))
                section.Remove(key);
        }
    }

    private static bool Is(JsonObject section, string key, JsonNode? value) => JsonFormat.Canonical(section[key]) == JsonFormat.Canonical(value);
}
