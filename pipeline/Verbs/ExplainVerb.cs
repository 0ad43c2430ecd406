using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl explain RECIPE</c>: what each task depends on, whether its result is there, and the command that makes it.</summary>
internal static class ExplainVerb
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        return GraphOptions.Verb("explain", "Say for every task whether it would run and what its key covers.", [json], call =>
        {
            if (call.Arguments.GetValue(json))
            {
                var rows = call.Graph.Nodes.Select(n => (JsonNode)new JsonObject
                {
                    ["task"] = n.Name, ["done"] = n.IsDone, ["key"] = n.Key, ["folder"] = n.Folder,
                    ["inputs"] = new JsonArray(n.Inputs.Select(i => (JsonNode)i.Value.Name).ToArray()),
                    ["parameters"] = n.Parameters.DeepClone(),
                    ["command"] = new JsonArray(n.Command.Select(c => (JsonNode)c).ToArray()),
                });
                System.Console.WriteLine(new JsonArray(rows.ToArray()).ToJsonString(JsonFormat.Indented));
                return Task.FromResult(ExitCodes.Done);
            }

            foreach (var node in call.Graph.Nodes)
            {
                System.Console.WriteLine($"{node.Name}  {(node.IsDone ? "up to date" : "would run")}  {node.Key[..16]}");
                System.Console.WriteLine($"  reads   {string.Join(", ", node.Inputs.Select(i => $"{i.Key} = {i.Value.Name}"))}");
                System.Console.WriteLine($"  covers  {JsonSerializer.Serialize(node.Parameters, JsonFormat.Compact)}");
                System.Console.WriteLine($"  command edl {string.Join(' ', node.Command)}");
            }

            return Task.FromResult(ExitCodes.Done);
        });
    }
}
