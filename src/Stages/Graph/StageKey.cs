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
                return Labels(recipe);
            case StageCatalog.Tokenize:
                var tokenizer = recipe.Section("tokenizer");
                if (recipe.Text("tokenizer.file") is { Length: > 0 } file)
                    tokenizer["file"] = TokenizerInput.HashOf(file);
                return tokenizer;
            case StageCatalog.Pack:
                var pack = recipe.Section("pack");
                if (recipe.Text("pack.layout") == "by_domain")
                    pack.Remove("layout");
                return pack;
            case StageCatalog.Pretrain:
                return new JsonObject { ["model"] = ArmKey.Model(recipe, arm!), ["train"] = Training(recipe), ["losses"] = ArmKey.Losses(recipe, arm!), ["arm"] = arm, ["seed"] = seed };
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

    // Of the labels' keys those that the method and the scheme read; of a model its files.
    private static JsonObject Labels(Recipe recipe)
    {
        var labels = recipe.Section("labels");
        // The built-in corpus brings its benchmarks with it, in the folder that its key names.
        if (recipe.OverlapFolder is { Length: > 0 } benchmarks)
            labels["overlap_with"] = new ExternalFiles("").HashOf(benchmarks);
        var method = recipe.Text("labels.method");
        labels.Remove("model");
        if (method == "map")
            labels.Remove("method");
        if (method == "model")
            labels["model"] = ModelHash(recipe.Text("labels.model"));
        if (method != "lexicon")
            labels.Remove("self_training");
        if (recipe.Number("labels.threshold") == 0)
            RemoveAll(labels, "threshold", "below");
        var scheme = recipe.Text("labels.fine_scheme");
        if (scheme == "topics49")
            labels.Remove("fine_scheme");
        if (scheme != "source")
            labels.Remove("source_pattern");
        if (scheme != "random")
            labels.Remove("seed");
        return labels;
    }

    // How often it logs is part of metrics.csv; how often it saves and what it notes beside is part of no result. What is switched off is
    // as if it were not there.
    private static JsonObject Training(Recipe recipe)
    {
        var train = recipe.Section("train");
        RemoveAll(train, "checkpoint_every", "keep_checkpoints", "activation_checkpointing", "validate_every", "validate_sequences", "spike_factor", "tensorboard", "max_minutes");
        if (recipe.Text("train.schedule") != "wsd")
            RemoveAll(train, "decay_share", "decay_form");
        if (recipe.Integer("train.accumulation") == 1)
            train.Remove("accumulation");
        if (recipe.Integer("train.ranks") == 1)
            train.Remove("ranks");
        if (recipe.Integer("train.milestone_every") == 0)
            train.Remove("milestone_every");
        if (recipe.Text("train.device") == "cpu")
            train.Remove("device");
        if (recipe.Text("train.document_masking") == "false")
            train.Remove("document_masking");
        if (train["sampler"]!["weights"] is JsonObject { Count: 0 })
            train["sampler"]!.AsObject().Remove("weights");
        return train;
    }

    private static void RemoveAll(JsonObject section, params string[] keys)
    {
        foreach (var key in keys)
            section.Remove(key);
    }

    private static string ModelHash(string folder)
    {
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.edllm") : [];
        return files.Length > 0
            ? Hashing.OfText(string.Join('\n', files.Order(StringComparer.Ordinal).Select(f => $"{Path.GetFileName(f)} {Hashing.OfFile(f)}")))
            : throw new InputException(folder, null, "the folder holds no labeller's model (en.edllm, zh.edllm)", "Train one with edl labeller train, or mend labels.model.");
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
