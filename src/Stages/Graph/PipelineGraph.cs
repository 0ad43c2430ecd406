using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Stages.Graph;

/// <summary>The nodes that a recipe asks for, in an order in which they can run.</summary>
public sealed class PipelineGraph
{
    private readonly List<StageNode> _nodes = [];
    private readonly Recipe _recipe;
    private readonly Workspace _workspace;
    private readonly string _toolchain;
    private readonly Dictionary<string, string> _external = [];

    /// <summary>Builds the graph; hashes external files on the way.</summary>
    /// <param name="recipe">The resolved recipe.</param>
    /// <param name="workspace">Where results lie.</param>
    /// <param name="toolchain">What numbers depend on beside our own code (<see cref="Toolchain"/>).</param>
    public PipelineGraph(Recipe recipe, Workspace workspace, string toolchain)
    {
        RecipeRules.CheckRunnable(recipe);
        (_recipe, _workspace, _toolchain) = (recipe, workspace, toolchain);
        var files = new ExternalFiles(workspace.HashMemo);
        Build(files);
        files.Save();
    }

    /// <summary>Every node, inputs before those that read them.</summary>
    public IReadOnlyList<StageNode> Nodes => _nodes;

    /// <summary>The last node: the report.</summary>
    public StageNode Report => _nodes[^1];

    /// <summary>The node of a name.</summary>
    /// <exception cref="UsageException">No such node; names the nearest.</exception>
    public StageNode this[string name] => _nodes.Find(n => n.Name == name)
        ?? throw new UsageException($"the graph has no task '{name}'", NearestName.Hint(name, _nodes.Select(n => n.Name).ToArray()));

    /// <summary>The names of a recipe's nodes without touching any file: what a graph looks like before it can be keyed.</summary>
    public static IReadOnlyList<string> NamesOf(Recipe recipe)
    {
        var runs = recipe.Seeds.SelectMany(s => recipe.Arms.Select(a => RunName(a, s))).ToArray();
        return
        [
            .. recipe.UsesMicroWorld ? (string[])[StageCatalog.MicroWorld] : [],
            StageCatalog.Label, StageCatalog.Tokenize, StageCatalog.Pack,
            .. runs.Select(r => $"{StageCatalog.Pretrain}-{r}"),
            .. runs.Select(r => $"{StageCatalog.Evaluate}-{r}"),
            $"{StageCatalog.Evaluate}-ngram",
            .. runs.Select(r => $"{StageCatalog.Analyze}-{r}"),
            StageCatalog.Report,
        ];
    }

    /// <summary>A node and everything it needs, in order.</summary>
    public IReadOnlyList<StageNode> Closure(IEnumerable<StageNode> targets)
    {
        var wanted = new HashSet<string>();
        void Visit(StageNode node)
        {
            if (wanted.Add(node.Name))
                foreach (var (_, input) in node.Inputs)
                    Visit(input);
        }

        foreach (var target in targets)
            Visit(target);
        return [.. _nodes.Where(n => wanted.Contains(n.Name))];
    }

    private static string RunName(string arm, long seed) => string.Create(CultureInfo.InvariantCulture, $"{arm}-s{seed}");

    private void Build(ExternalFiles files)
    {
        StageNode? world = null;
        StageNode label;
        if (_recipe.UsesMicroWorld)
        {
            world = Add(StageCatalog.MicroWorld, StageCatalog.MicroWorld, [], ["microworld"]);
            label = Add(StageCatalog.Label, StageCatalog.Label, [new("corpus", world)],
                ["label", "--in", Path.Combine(world.Folder, "corpus"), "--label-map", Path.Combine(world.Folder, "corpus", "labels.json")]);
        }
        else
        {
            var corpus = Path.GetFullPath(_recipe.Text("corpus.path"));
            var map = _recipe.Text("corpus.label_map") is { Length: > 0 } given ? Path.GetFullPath(given) : Path.Combine(corpus, "labels.json");
            _external["corpus"] = files.HashOfCorpus(corpus);
            if (File.Exists(map))
                _external["label_map"] = files.HashOf(map);
            label = Add(StageCatalog.Label, StageCatalog.Label, [], ["label", "--in", corpus, .. File.Exists(map) ? (string[])["--label-map", map] : []]);
        }

        var tokens = Add(StageCatalog.Tokenize, StageCatalog.Tokenize, [new("documents", label)], ["tokenize", "--in", label.Folder]);
        var data = Add(StageCatalog.Pack, StageCatalog.Pack, [new("tokens", tokens)], ["pack", "--in", tokens.Folder]);
        var benchmarks = AddBenchmarks(files, world);
        var runs = _recipe.Seeds.SelectMany(seed => _recipe.Arms.Select(arm => (arm, seed))).ToArray();
        var models = runs.Select(r => Add($"{StageCatalog.Pretrain}-{RunName(r.arm, r.seed)}", StageCatalog.Pretrain, [new("data", data)],
            [.. Launch(), "pretrain", "--arm", r.arm, "--seed", Text(r.seed), "--data", data.Folder], r.arm, r.seed)).ToArray();
        var parts = new List<StageNode>(models);
        List<KeyValuePair<string, StageNode>> withWorld(params KeyValuePair<string, StageNode>[] own) => [.. own, .. world is null ? [] : (KeyValuePair<string, StageNode>[])[new("benchmarks", world)]];
        string[] tasks = benchmarks is null ? [] : ["--benchmarks", benchmarks];
        foreach (var model in models)
        {
            parts.Add(Add($"{StageCatalog.Evaluate}-{RunName(model.Arm!, model.Seed!.Value)}", StageCatalog.Evaluate, withWorld(new("model", model), new("data", data)),
                ["evaluate", "--model", model.Folder, "--data", data.Folder, .. tasks], model.Arm, model.Seed));
        }

        parts.Add(Add($"{StageCatalog.Evaluate}-ngram", StageCatalog.Evaluate, withWorld(new KeyValuePair<string, StageNode>("data", data)), ["evaluate", "--ngram", "--data", data.Folder, .. tasks]));
        foreach (var model in models)
        {
            parts.Add(Add($"{StageCatalog.Analyze}-{RunName(model.Arm!, model.Seed!.Value)}", StageCatalog.Analyze, [new("model", model), new("data", data)],
                ["analyze", "--model", model.Folder, "--data", data.Folder], model.Arm, model.Seed));
        }

        Add(StageCatalog.Report, StageCatalog.Report, [new("data", data), .. parts.Select(p => KeyValuePair.Create(p.Name, p))], ["report"]);
    }

    private string? AddBenchmarks(ExternalFiles files, StageNode? world)
    {
        if (_recipe.Text("benchmarks.path") is { Length: > 0 } given)
        {
            _external["benchmarks"] = files.HashOf(Path.GetFullPath(given));
            return Path.GetFullPath(given);
        }

        return world is null ? null : Path.Combine(world.Folder, "benchmarks");
    }

    private StageNode Add(string name, string stage, IReadOnlyList<KeyValuePair<string, StageNode>> inputs, string[] command, string? arm = null, long? seed = null)
    {
        var parameters = StageKey.Parameters(stage, _recipe, arm, seed);
        string[] external = stage switch
        {
            StageCatalog.Label => ["corpus", "label_map"],
            StageCatalog.Evaluate => ["benchmarks"],
            _ => [],
        };
        var keys = inputs.Select(i => KeyValuePair.Create(i.Key, i.Value.Key))
            .Concat(external.Where(_external.ContainsKey).Select(e => KeyValuePair.Create(e, _external[e])));
        var key = StageKey.Compute(stage, parameters, keys, StageKey.UsesTorch(stage) ? _toolchain : null);
        var threads = StageKey.UsesTorch(stage) ? (int)_recipe.Integer("train.threads") : 1;
        if (stage == StageCatalog.Pretrain)
            threads *= (int)_recipe.Integer("train.ranks");
        var folder = _workspace.StageFolder(stage, key);
        var node = new StageNode(name, stage, key, folder, inputs, parameters, [.. command, "--out", folder, "--key", key], threads, arm, seed);
        _nodes.Add(node);
        return node;
    }

    // Several ranks are started on this machine; elsewhere a launcher of the cluster starts the verb itself.
    private string[] Launch() => _recipe.Integer("train.ranks") is > 1 and var ranks ? ["launch", "--ranks", Text(ranks), "--"] : [];

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
