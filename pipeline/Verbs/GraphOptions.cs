using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary>What every verb over the whole graph takes: a recipe and the data it runs on.</summary>
internal sealed class GraphOptions
{
    private readonly Argument<string> _recipe = new("recipe") { Description = "A built-in name or a YAML file.", DefaultValueFactory = _ => "smoke" };
    private readonly Option<string[]> _set = new("--set") { Description = "Override one key: a.b.c=value. May be given often." };
    private readonly Option<string?> _corpus = new("--corpus") { Description = "Folder of JSONL documents." };
    private readonly Option<string?> _benchmarks = new("--benchmarks") { Description = "Folder of benchmark files." };

    /// <summary>Makes a verb that has these options.</summary>
    public static Command Verb(string name, string description, IEnumerable<Option> own, Func<GraphCall, Task<int>> run)
    {
        var options = new GraphOptions();
        var command = new Command(name, description) { options._recipe, options._set, options._corpus, options._benchmarks };
        foreach (var option in own)
            command.Add(option);
        command.SetAction((parsed, cancellation) => run(options.Call(parsed, cancellation)));
        return command;
    }

    private GraphCall Call(ParseResult parsed, CancellationToken cancellation)
    {
        var name = parsed.GetValue(_recipe)!;
        if (name.StartsWith('-'))
            throw new UsageException($"unknown option {name}", NearestName.Hint(name.Split('=')[0], [.. parsed.CommandResult.Command.Options.Select(o => o.Name)]));
        var overrides = RecipeArguments.Overrides(parsed.GetValue(_set) ?? [], parsed.GetValue(_corpus), parsed.GetValue(_benchmarks));
        var recipe = RecipeLibrary.Resolve(name, overrides);
        return new GraphCall(parsed, recipe, new Lazy<PipelineGraph>(() => new PipelineGraph(recipe, Workspace.Current, StageCall.Toolchain)), cancellation);
    }
}

/// <summary>One call of a verb over the graph; the graph is keyed when first asked for.</summary>
internal sealed record GraphCall(ParseResult Arguments, Recipe Recipe, Lazy<PipelineGraph> LazyGraph, CancellationToken Cancellation)
{
    public PipelineGraph Graph => LazyGraph.Value;
}
