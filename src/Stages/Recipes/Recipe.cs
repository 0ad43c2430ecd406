using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Stages.Recipes;

/// <summary>A resolved recipe: every key has its value. A tree with typed doors; the rooms make their own option records of its sections.</summary>
public sealed class Recipe
{
    private readonly JsonObject _tree;

    internal Recipe(JsonObject tree) => _tree = tree;

    /// <summary>The recipe's name; its report lies in <c>reports/NAME</c>.</summary>
    public string Name => Text("name");

    /// <summary>The names of the arms, in the order written.</summary>
    public IReadOnlyList<string> Arms => [.. ((JsonObject)_tree["arms"]!).Select(p => p.Key)];

    /// <summary>The seeds; every arm is trained once with each.</summary>
    public IReadOnlyList<long> Seeds => [.. ((JsonArray)_tree["seeds"]!).Select(n => n!.GetValue<long>())];

    /// <summary>Whether the corpus is the built-in micro-world.</summary>
    public bool UsesMicroWorld => Text("corpus.builtin") == "microworld";

    /// <summary>The benchmark files that documents must not overlap with: a folder; empty for the built-in corpus's own; null: no such rule.</summary>
    public string? OverlapFolder => Text("labels.overlap_with") switch
    {
        "" => null,
        "benchmarks" => Text("benchmarks.path"),
        var folder => folder,
    };

    /// <summary>SHA-256 of the whole resolved tree.</summary>
    public string Hash => Hashing.OfText(JsonFormat.Canonical(_tree));

    internal JsonObject Tree => _tree;

    /// <summary>A copy of the section at a dotted path.</summary>
    public JsonObject Section(string path) => (JsonObject)RecipeTree.At(_tree, path)!.DeepClone();

    /// <summary>The losses of an arm: name → options, complete.</summary>
    /// <exception cref="UsageException">No such arm.</exception>
    public JsonObject LossesOf(string arm) => Arms.Contains(arm)
        ? Section("arms")[arm]!["losses"]!.DeepClone().AsObject()
        : throw new UsageException($"recipe '{Name}' has no arm '{arm}'", NearestName.Hint(arm, Arms.ToArray()));

    /// <summary>The section <c>model</c> as an arm has it: the recipe's, with what differs in the arm.</summary>
    /// <exception cref="UsageException">No such arm.</exception>
    public JsonObject ModelOf(string arm) => Arms.Contains(arm)
        ? RecipeTree.Merge(Section("model"), Section("arms")[arm]!["model"] as JsonObject ?? [])
        : throw new UsageException($"recipe '{Name}' has no arm '{arm}'", NearestName.Hint(arm, Arms.ToArray()));

    /// <summary>The same recipe trained by so many ranks, as if it said <c>train.ranks</c>.</summary>
    /// <exception cref="OptionException">They cannot share a batch.</exception>
    public Recipe WithRanks(int ranks)
    {
        var tree = (JsonObject)_tree.DeepClone();
        tree["train"]!["ranks"] = ranks;
        var recipe = new Recipe(tree);
        RecipeRules.Check(recipe);
        return recipe;
    }

    /// <summary>A text value.</summary>
    public string Text(string path) => RecipeTree.At(_tree, path)?.ToString() ?? "";

    /// <summary>A whole number.</summary>
    public long Integer(string path) => (long)Number(path);

    /// <summary>A number.</summary>
    public double Number(string path) => RecipeTree.At(_tree, path) is JsonValue v && v.GetValueKind() == JsonValueKind.Number
        ? double.Parse(v.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)
        : throw new OptionException(path, "takes a number", "Set it to a number.");

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<string> Texts(string path) => RecipeTree.At(_tree, path) is JsonArray a
        ? [.. a.Select(n => n!.ToString())]
        : throw new OptionException(path, "takes a list", "Write it as [a, b].");

    /// <summary>The resolved recipe as JSON, which is YAML too: what a run leaves beside its results.</summary>
    public string ToJson() => _tree.ToJsonString(JsonFormat.Indented) + "\n";
}
