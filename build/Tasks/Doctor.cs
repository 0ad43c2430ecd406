using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Prerequisites;

namespace ExpertDivergence.Build.Tasks;

/// <summary>The table of prerequisites.</summary>
[TaskDescription("Look at the machine: what is there, what is missing and what to type")]
public sealed class Doctor : BuildTask
{
    /// <inheritdoc/>
    public override void Run(BuildContext context)
    {
        var found = PrerequisiteList.Of(context.Root);
        foreach (var p in found)
            context.Say(string.Create(CultureInfo.InvariantCulture, $"{(p.IsFound ? "ok" : p.Optional ? "absent" : "MISSING"),-8} {p.Name,-20} {p.Version,-18} {(p.IsFound ? p.Place : "type: " + p.Remedy)}"));
        if (found.Where(p => p.IsMissing).Select(p => p.Name).ToArray() is { Length: > 0 } missing)
            throw new PrerequisiteException($"missing: {string.Join(", ", missing)}", "Type what the table says, or run: dotnet cake --target=Setup");
    }
}
