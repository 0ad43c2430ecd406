using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl recipe list</c> and <c>edl recipe show</c>.</summary>
internal static class RecipeVerb
{
    public static Command Create()
    {
        var list = new Command("list", "Name the built-in recipes and arms.");
        list.SetAction(_ =>
        {
            foreach (var name in RecipeLibrary.Names)
                System.Console.WriteLine($"{name,-12} {RecipeLibrary.Resolve(name).Text("description")}");
            System.Console.WriteLine($"arms         {string.Join(", ", RecipeLibrary.Arms)}");
            return ExitCodes.Done;
        });
        var show = GraphOptions.Verb("show", "Print a recipe with everything it inherits, and its hash.", [], call =>
        {
            System.Console.Write(call.Recipe.ToJson());
            System.Console.WriteLine($"# sha256 {call.Recipe.Hash}");
            return Task.FromResult(ExitCodes.Done);
        });
        return new Command("recipe", "List the recipes, or show one resolved.") { list, show };
    }
}
