using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl gc RECIPE</c>: lists, and with <c>--delete</c> deletes, the results that this recipe does not use.</summary>
internal static class GarbageVerb
{
    public static Command Create()
    {
        var delete = new Option<bool>("--delete") { Description = "Delete them; without it they are only listed." };
        return GraphOptions.Verb("gc", "List the results that the recipe does not use.", [delete], call =>
        {
            var used = call.Graph.Nodes.Select(n => n.Folder).ToHashSet();
            var stages = Path.Combine(Workspace.Current.Root, "stages");
            var folders = Directory.Exists(stages) ? Directory.EnumerateDirectories(stages).SelectMany(Directory.EnumerateDirectories) : [];
            long total = 0;
            var count = 0;
            foreach (var folder in folders.Where(f => !used.Contains(f) && !used.Contains(f.Replace(".partial", ""))).Order(StringComparer.Ordinal))
            {
                var bytes = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
                (total, count) = (total + bytes, count + 1);
                System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6,10:F1} MB  {folder}"));
                if (call.Arguments.GetValue(delete))
                    Directory.Delete(folder, recursive: true);
            }

            System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count} results, {total / 1e6:F1} MB, {(call.Arguments.GetValue(delete) ? "deleted" : "not used by this recipe (--delete deletes them)")}"));
            return Task.FromResult(ExitCodes.Done);
        });
    }
}
