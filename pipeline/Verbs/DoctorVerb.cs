using System.CommandLine;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Prerequisites;
using Spectre.Console;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl doctor</c>: each prerequisite, where it was found and which version, or what to type.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("doctor", "Look at the machine: what is there, what is missing and what to type.") { json };
        command.SetAction(parsed =>
        {
            var found = PrerequisiteList.Of(Repository.Root);
            if (parsed.GetValue(json))
                System.Console.WriteLine(JsonSerializer.Serialize(found, JsonFormat.Indented));
            else
                Print(found);
            return !found.Any(p => p.IsMissing) ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static void Print(IReadOnlyList<Prerequisite> found)
    {
        var table = new Table().AddColumns("", "prerequisite", "version", "where, or what to type");
        foreach (var p in found)
            table.AddRow(p.IsFound ? "ok" : p.Optional ? "absent" : "missing", Markup.Escape(p.Name), Markup.Escape(p.Version ?? ""), Markup.Escape(p.IsFound ? p.Place ?? "" : p.Remedy));
        AnsiConsole.Write(table);
    }
}
