using System.Globalization;
using Cake.Core;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Recipes;

namespace ExpertDivergence.Build;

/// <summary>The arguments of <c>dotnet cake</c> that are ours; a name that is nobody's is refused (Cake takes any).</summary>
public sealed record BuildArguments(string Recipe, IReadOnlyList<string> Overrides, IReadOnlyList<string> Targets, bool Exclusive, string NoEffect,
    IReadOnlyList<string> Arms, int Kills)
{
    private static readonly string[] s_own = ["target", "recipe", "corpus", "benchmarks", "set", "no-effect", "arm", "kills"];
    private static readonly string[] s_cakes = ["tree", "dryrun", "description", "exclusive", "verbosity", "info", "version", "help", "no-report", "invalidate-script-cache", "bootstrap", "debug", "working"];

    /// <summary>Reads and checks them.</summary>
    /// <exception cref="UsageException">An unknown argument; names the nearest.</exception>
    public static BuildArguments Read(ICakeArguments arguments, IReadOnlyList<string> commandLine)
    {
        foreach (var name in Names(commandLine))
        {
            if (!s_own.Contains(name) && !s_cakes.Contains(name) && !name.Contains('_'))
                throw new UsageException($"unknown argument --{name}", NearestName.Hint(name, [.. s_own, .. s_cakes]));
        }

        string? one(string name) => arguments.GetArguments(name).LastOrDefault();
        return new BuildArguments(
            one("recipe") ?? "smoke",
            RecipeArguments.Overrides(arguments.GetArguments("set"), one("corpus"), one("benchmarks")),
            [.. arguments.GetArguments("target").DefaultIfEmpty("Default")],
            commandLine.Any(a => a is "--exclusive" or "-e"),
            one("no-effect") ?? "",
            [.. arguments.GetArguments("arm")],
            Count(one("kills") ?? "20"));
    }

    private static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
        ? count
        : throw new UsageException($"--kills={text} is no number of kills", "Give a whole number from 1 on.");

    private static IEnumerable<string> Names(IReadOnlyList<string> commandLine)
    {
        foreach (var argument in commandLine)
        {
            if (argument.StartsWith("--", StringComparison.Ordinal) && argument.Length > 2)
                yield return argument[2..].Split('=')[0].ToLowerInvariant();
            else if (argument.StartsWith('-') && argument.Length > 1 && argument[1] is not ('v' or 'e' or 't' or 'd' or 'h' or '-'))
                yield return argument[1..].Split('=')[0];
            else if (argument == "-t" || argument.StartsWith("-t=", StringComparison.Ordinal))
                yield return "t";
        }
    }
}
