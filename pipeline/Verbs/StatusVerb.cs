using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;
using Spectre.Console;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl status RECIPE</c>: which results are there, and how long each took.</summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        return GraphOptions.Verb("status", "Show which results are there.", [json], call =>
        {
            var rows = call.Graph.Nodes.Select(n => (Node: n, Seconds: n.IsDone ? Manifest.Read(n.Folder).Timing["seconds"]?.GetValue<double>() : null)).ToArray();
            if (call.Arguments.GetValue(json))
            {
                System.Console.WriteLine(new JsonArray(rows.Select(r => (JsonNode)new JsonObject { ["task"] = r.Node.Name, ["done"] = r.Node.IsDone, ["seconds"] = r.Seconds, ["folder"] = r.Node.Folder }).ToArray()).ToJsonString(JsonFormat.Indented));
                return Task.FromResult(ExitCodes.Done);
            }

            var table = new Table().AddColumns("task", "state", "seconds", "folder");
            foreach (var (node, seconds) in rows)
                table.AddRow(node.Name, node.IsDone ? "done" : Directory.Exists(node.Folder + ".partial") ? "begun" : "missing",
                    seconds?.ToString("F1", CultureInfo.InvariantCulture) ?? "", Markup.Escape(node.Folder));
            AnsiConsole.Write(table);
            return Task.FromResult(ExitCodes.Done);
        });
    }
}
