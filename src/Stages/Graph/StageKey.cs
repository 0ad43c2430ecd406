using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Stages.Graph;

/// <summary>What a stage's result depends on, and the hash of it.</summary>
public static class StageKey
{
    /// <summary>The parameters of a stage: the sections of the recipe that its result depends on, and nothing else.</summary>
    public static JsonObject Parameters(string stage, Recipe recipe, string? arm = null, long? seed = null)
    {
        switch (stage)
        {
            case StageCatalog.MicroWorld:
                return new JsonObject { ["documents"] = recipe.Integer("corpus.documents"), ["seed"] = recipe.Integer("corpus.seed") };
            case StageCatalog.Label:
                var labels = recipe.Section("labels");
                if (recipe.Text("labels.overlap_with") is { Length: > 0 } benchmarks)
                    labels["overlap_with"] = new ExternalFiles("").HashOf(benchmarks);
                return labels;
            case StageCatalog.Tokenize:
                var tokenizer = recipe.Section("tokenizer");
                if (recipe.Text("tokenizer.file") is { Length: > 0 } file)
                    tokenizer["file"] = File.Exists(file) ? Hashing.OfFile(file) : throw new InputException(file, null, "there is no such tokenizer file", "Mend tokenizer.file.");
                return tokenizer;
            case StageCatalog.Pack:
                return recipe.Section("pack");
            case StageCatalog.Pretrain:
                // How often it logs is part of metrics.csv; how often it saves is not part of any result.
                var train = recipe.Section("train");
                train.Remove("checkpoint_every");
                return new JsonObject { ["model"] = recipe.Section("model"), ["train"] = train, ["losses"] = recipe.LossesOf(arm!), ["arm"] = arm, ["seed"] = seed };
            case StageCatalog.Evaluate:
                var tasks = recipe.Section("benchmarks");
                tasks.Remove("path");
                return tasks;
            case StageCatalog.Analyze:
                return [];
            default:
                return new JsonObject { ["recipe"] = recipe.Name, ["recipe_sha256"] = Hashing.OfText(RecipeYaml.Of(recipe)) };
        }
    }

    /// <summary>The key.</summary>
    /// <param name="stage">The kind of stage.</param>
    /// <param name="parameters">From <see cref="Parameters"/>.</param>
    /// <param name="inputs">Role → key of the input folder, or the hash of external files.</param>
    /// <param name="toolchain">What numbers depend on beside our own code, or null.</param>
    public static string Compute(string stage, JsonObject parameters, IEnumerable<KeyValuePair<string, string>> inputs, string? toolchain)
    {
        var whole = new JsonObject
        {
            ["stage"] = stage,
            ["version"] = StageCatalog.Kinds[stage].Version,
            ["parameters"] = parameters.DeepClone(),
            ["inputs"] = new JsonObject(inputs.Select(i => KeyValuePair.Create(i.Key, (JsonNode?)i.Value))),
            ["toolchain"] = toolchain,
        };
        return Hashing.OfText(JsonFormat.Canonical(whole));
    }

    /// <summary>Whether a stage's numbers depend on libtorch and the processor.</summary>
    public static bool UsesTorch(string stage) => stage is StageCatalog.Pretrain or StageCatalog.Evaluate or StageCatalog.Analyze;
}
