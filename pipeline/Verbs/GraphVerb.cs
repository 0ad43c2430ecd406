using System.CommandLine;
using ExpertDivergence.Core;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl graph RECIPE</c>: the graph in Mermaid's notation, for a README or a browser.</summary>
internal static class GraphVerb
{
    public static Command Create() => GraphOptions.Verb("graph", "Print the graph as a Mermaid flow chart.", [], call =>
    {
        System.Console.WriteLine("flowchart LR");
        foreach (var node in call.Graph.Nodes)
            foreach (var input in node.Inputs)
                System.Console.WriteLine($"  {input.Value.Name} --> {node.Name}");
        return Task.FromResult(ExitCodes.Done);
    });
}
