using System.Globalization;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>What must hold between the values of a model, in the recipe and as each arm has it.</summary>
internal static class ArmRules
{
    public static void Check(Recipe recipe)
    {
        CheckModel(recipe.Section("model"), "model");
        foreach (var arm in recipe.Arms)
        {
            if (arm.Length == 0 || arm.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '+')))
                throw new OptionException($"arms.{arm}", "an arm's name is a part of file names", "Name it with letters, digits, '-', '_' and '+'.");
            CheckModel(recipe.ModelOf(arm), $"arms.{arm}.model");
        }
    }

    private static void CheckModel(JsonObject model, string path)
    {
        foreach (var key in (string[])["shared_experts", "shared_expert_size", "first_dense_layers", "dense_size"])
            Require(Number(key) >= 0, key, $"is {model[key]}", "Set it to 0 or more.");
        Require(Number("first_dense_layers") < Number("layers"), "first_dense_layers", $"{model["first_dense_layers"]} of {model["layers"]} layers leave none with experts", "Set it lower.");
        Require(Number("router_bias_rate") > 0, "router_bias_rate", $"is {model["router_bias_rate"]}", "Set it above 0; router_bias switches balancing by bias.");
        Require(Number("top_k") <= Number("experts"), "top_k", $"a token cannot go to {model["top_k"]} of {model["experts"]} experts", "Lower it, or raise model.experts.");
        var scores = new[] { "softmax", "sigmoid" };
        var score = model["router_score"]!.ToString();
        Require(scores.Contains(score), "router_score", $"'{score}' is not one of {string.Join(", ", scores)}", NearestName.Hint(score, scores));

        double Number(string key) => double.Parse(model[key]!.ToJsonString(), CultureInfo.InvariantCulture);

        void Require(bool holds, string key, string message, string remedy)
        {
            if (!holds)
                throw new OptionException($"{path}.{key}", message, remedy);
        }
    }
}
