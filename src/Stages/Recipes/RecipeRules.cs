using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>What must hold between a recipe's values, checked before anything runs.</summary>
internal static class RecipeRules
{
    public static void Check(Recipe recipe)
    {
        foreach (var key in (string[])["tokenizer.vocab_size", "pack.sequence_length", "model.layers", "model.hidden_size", "model.heads", "model.kv_heads",
            "model.head_dim", "model.expert_size", "model.experts", "model.top_k", "train.steps", "train.batch_size", "train.ranks", "train.threads", "train.log_every",
            "train.checkpoint_every", "train.keep_checkpoints", "train.sampler.sequences_per_domain", "train.accumulation"])
        {
            Require(recipe.Integer(key) >= 1, key, $"is {recipe.Integer(key)}", "Set it to 1 or more.");
        }

        var (topK, experts) = (recipe.Integer("model.top_k"), recipe.Integer("model.experts"));
        Require(topK <= experts, "model.top_k", $"a token cannot go to {topK} of {experts} experts", $"Set model.top_k to at most {experts}, or raise model.experts.");
        var (heads, kv) = (recipe.Integer("model.heads"), recipe.Integer("model.kv_heads"));
        Require(heads % kv == 0, "model.kv_heads", $"{heads} heads cannot share {kv} key/value heads evenly", "Set model.kv_heads to a divisor of model.heads.");
        Require(recipe.Integer("model.head_dim") % 2 == 0, "model.head_dim", "rotary positions need an even width", "Set it to an even number.");
        var (batch, each) = (recipe.Integer("train.batch_size"), recipe.Integer("train.sampler.sequences_per_domain"));
        Require(batch % each == 0, "train.sampler.sequences_per_domain", $"a batch of {batch} does not divide into groups of {each}", "Set it to a divisor of train.batch_size.");
        var parts = recipe.Integer("train.accumulation");
        Require(batch % parts == 0, "train.accumulation", $"{parts} micro-batches cannot share {batch} sequences evenly", "Set it to a divisor of train.batch_size.");
        var ranks = recipe.Integer("train.ranks");
        Require(batch % (ranks * parts) == 0, "train.ranks", $"{ranks} ranks of {parts} micro-batches cannot share {batch} sequences evenly",
            "Choose train.ranks and train.accumulation so that their product divides train.batch_size.");
        Require(recipe.Number("train.decay_share") is > 0 and <= 1, "train.decay_share", $"is {recipe.Number("train.decay_share")}", "Set it above 0, at most 1.");
        foreach (var key in (string[])["train.validate_every", "train.validate_sequences", "train.spike_factor", "train.max_minutes"])
            Require(recipe.Number(key) >= 0, key, $"is {recipe.Number(key)}", "Set it to 0 or more.");
        foreach (var (domain, _) in recipe.Section("train.sampler.weights"))
            Require(recipe.Number($"train.sampler.weights.{domain}") >= 0, $"train.sampler.weights.{domain}", "is negative", "Set it to 0 or more.");
        var held = recipe.Number("pack.heldout_fraction");
        Require(held is > 0 and < 1, "pack.heldout_fraction", $"is {held}", "Set it between 0 and 1, for example 0.05.");
        OneOf(recipe, "pack.layout", "by_domain", "concatenated");
        OneOf(recipe, "corpus.builtin", "", "microworld");
        OneOf(recipe, "labels.on_bad_line", "fail", "skip");
        OneOf(recipe, "labels.duplicates", "drop", "keep");
        OneOf(recipe, "labels.near_duplicates", "drop", "keep");
        OneOf(recipe, "labels.method", "map", "model", "lexicon", "detect");
        OneOf(recipe, "labels.below", "keep", "drop");
        OneOf(recipe, "labels.fine_scheme", "topics49", "topics20", "topics10", "source", "document", "random");
        Require(recipe.Number("labels.threshold") is >= 0 and <= 1, "labels.threshold", $"is {recipe.Number("labels.threshold")}", "Set it between 0 and 1.");
        Require(recipe.Integer("labels.self_training") is >= 0 and <= 10, "labels.self_training", $"is {recipe.Integer("labels.self_training")}", "Set it between 0 and 10.");
        Require(recipe.Text("labels.method") != "model" || recipe.Text("labels.model").Length > 0, "labels.model", "the method 'model' needs a labeller", "Train one: edl labeller train; then set labels.model to its folder.");
        Require(recipe.Integer("train.milestone_every") >= 0, "train.milestone_every", $"is {recipe.Integer("train.milestone_every")}", "Set it to 0 for none, or to a number of steps.");
        OneOf(recipe, "train.precision", "fp32", "bf16");
        OneOf(recipe, "train.device", "cpu", "cuda");
        OneOf(recipe, "train.kernels", "auto", "fused", "composite");
        ArmRules.Check(recipe);
        OneOf(recipe, "train.schedule", "cosine", "linear", "constant", "wsd");
        OneOf(recipe, "train.decay_form", "linear", "cosine", "sqrt");
        OneOf(recipe, "train.activation_checkpointing", "none", "layer");
        OneOf(recipe, "train.sampler.mixture", "proportional", "uniform");
        Require(recipe.Seeds.Count > 0 && recipe.Seeds.Distinct().Count() == recipe.Seeds.Count, "seeds", "needs different seeds, at least one", "Write for example seeds: [1, 2].");
    }

    /// <summary>What only a recipe that is to be run needs: a corpus and arms.</summary>
    public static void CheckRunnable(Recipe recipe)
    {
        Require(recipe.Arms.Count > 0, "arms", "the recipe names no arm", "Name at least one, for example `arms: {baseline: }`.");
        Require(recipe.UsesMicroWorld || recipe.OverlapFolder != "", "labels.overlap_with", "'benchmarks' means the recipe's own, and it names none", "Set benchmarks.path, or name a folder.");
        if (!recipe.UsesMicroWorld && recipe.Text("corpus.path").Length == 0)
            throw new UsageException($"recipe '{recipe.Name}' needs a corpus", "Give --corpus=DIR, a folder of JSONL documents, or set corpus.path.");
        if (recipe.UsesMicroWorld && recipe.Text("corpus.path").Length > 0)
            throw new UsageException("the recipe names both the built-in corpus and a folder", "Give --recipe=real-mini with --corpus=DIR, or leave --corpus out.");
    }

    private static void OneOf(Recipe recipe, string key, params string[] values) =>
        Require(values.Contains(recipe.Text(key)), key, $"'{recipe.Text(key)}' is not one of {string.Join(", ", values.Where(v => v.Length > 0))}",
            NearestName.Hint(recipe.Text(key), values.Where(v => v.Length > 0).ToArray()));

    private static void Require(bool holds, string key, string message, string remedy)
    {
        if (!holds)
            throw new OptionException(key, message, remedy);
    }
}
