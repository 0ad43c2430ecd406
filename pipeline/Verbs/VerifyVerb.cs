using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Execution;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl verify RECIPE</c>: holds every finished result against the hashes of its manifest.</summary>
internal static class VerifyVerb
{
    public static Command Create() => GraphOptions.Verb("verify", "Check every finished result against the hashes in its manifest.", [], call =>
    {
        var done = call.Graph.Nodes.Where(n => n.IsDone).ToArray();
        var differences = done.SelectMany(n => Manifest.Read(n.Folder).Differences(n.Folder)).ToArray();
        foreach (var difference in differences)
            System.Console.WriteLine(difference);
        System.Console.WriteLine($"{done.Length} of {call.Graph.Nodes.Count} results are there, {differences.Length} files differ.");
        if (differences.Length > 0)
            throw new EdlException($"{differences.Length} files are not what their manifests say", "Delete those folders and run the recipe again.");
        return Task.FromResult(ExitCodes.Done);
    });
}
