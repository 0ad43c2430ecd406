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
            var (total, count, deletes) = (0L, 0, call.Arguments.GetValue(delete));
            foreach (var folder in In(stages, Directory.EnumerateDirectories).Where(f => !used.Contains(Result(f))))
            {
                // Whoever is writing it holds it until the end.
                using var held = deletes ? FolderLock.TryTake(Result(folder)) : null;
                var bytes = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
                var spared = deletes && held is null;
                System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6,10:F1} MB  {folder}{(spared ? " (being written, kept)" : "")}"));
                if (spared)
                    continue;
                (total, count) = (total + bytes, count + 1);
                if (deletes)
                    Directory.Delete(folder, recursive: true);
            }

            // What a killed writer leaves; a lock that was taken goes when it is let go.
            foreach (var stale in deletes ? In(stages, Directory.EnumerateFiles).Where(f => f.EndsWith(FolderLock.Extension, StringComparison.Ordinal)) : [])
                FolderLock.TryTake(stale[..^FolderLock.Extension.Length])?.Dispose();

            System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{count} results, {total / 1e6:F1} MB, {(deletes ? "deleted" : "not used by this recipe (--delete deletes them)")}"));
            return Task.FromResult(ExitCodes.Done);
        });
    }

    private static string Result(string folder) => folder.Replace(".partial", "", StringComparison.Ordinal);

    private static List<string> In(string stages, Func<string, IEnumerable<string>> list) =>
        Directory.Exists(stages) ? [.. Directory.EnumerateDirectories(stages).SelectMany(list).Order(StringComparer.Ordinal)] : [];
}
