using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Pipeline.Console;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary>The options that every stage's verb has: where the parameters come from and where the result goes.</summary>
internal sealed class StageOptions
{
    public Option<string> Recipe { get; } = new("--recipe") { Description = "Recipe: a built-in name or a YAML file.", DefaultValueFactory = _ => "defaults" };

    public Option<string[]> Set { get; } = new("--set") { Description = "Override one key of the recipe: a.b.c=value. May be given often." };

    public Option<string> Out { get; } = new("--out") { Description = "Folder to write; it appears whole or not at all.", Required = true };

    public Option<string?> Key { get; } = new("--key") { Description = "The key that the graph computed for this result.", Hidden = true };

    /// <summary>A verb of a stage.</summary>
    /// <param name="name">The verb.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="own">Its own options.</param>
    /// <param name="run">Does the work; the frame writes the manifest afterwards.</param>
    public static Command Verb(string name, string description, IEnumerable<Option> own, Func<StageCall, Task> run)
    {
        var options = new StageOptions();
        var command = new Command(name, description) { options.Recipe, options.Set, options.Out, options.Key };
        foreach (var option in own)
            command.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            var recipe = RecipeLibrary.Resolve(parsed.GetValue(options.Recipe)!, parsed.GetValue(options.Set) ?? []);
            await run(new StageCall(parsed, recipe, parsed.GetValue(options.Out)!, parsed.GetValue(options.Key), new ProgressPrinter(), cancellation));
            return ExitCodes.Done;
        });
        return command;
    }
}

/// <summary>One call of a stage's verb.</summary>
internal sealed record StageCall(ParseResult Arguments, Recipe Recipe, string Out, string? Key, IProgressListener Progress, CancellationToken Cancellation)
{
    public static string Toolchain => Stages.Graph.Toolchain.Of(AppContext.BaseDirectory);

    /// <summary>The value of an option of the verb.</summary>
    public T Value<T>(Option<T> option) => Arguments.GetValue(option)!;

    /// <summary>Opens the stage's frame.</summary>
    public StageRun Begin(string stage, string? arm = null, long? seed = null, bool resumes = false) =>
        StageRun.Begin(stage, Out, StageKey.Parameters(stage, Recipe, arm, seed), Toolchain, resumes);
}
