using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Data;
using ExpertDivergence.Labeling;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl label</c>: documents to one of 3 and one of 49 domains.</summary>
internal static class LabelVerb
{
    public static Command Create()
    {
        var input = new Option<string[]>("--in") { Description = "JSONL files and folders of them.", Required = true, AllowMultipleArgumentsPerToken = true };
        var map = new Option<string?>("--label-map") { Description = "JSON file that maps labels to domains; default: labels.json beside the documents." };
        return StageOptions.Verb("label", "Give every document one of 3 and one of 49 domains.", [input, map], call =>
        {
            var paths = call.Value(input);
            var stage = call.Begin(StageCatalog.Label);
            ReadsCorpus(stage, paths);
            var onBadLine = call.Recipe.Text("labels.on_bad_line") == "skip" ? OnBadLine.Skip : OnBadLine.Fail;
            var reader = new JsonlReader(paths, new JsonlOptions { OnBadLine = onBadLine });
            var labels = LabelMap.For(call.Value(map), paths[0], Taxonomy.BuiltIn);
            var report = new CorpusLabeller(reader, new MappedLabeller(Taxonomy.BuiltIn, labels)).Run(stage.Folder, call.Progress, call.Cancellation);
            stage.Commit(call.Key);
            call.Progress.Note(string.Create(CultureInfo.InvariantCulture,
                $"{report.Kept:N0} of {report.Read:N0} documents kept: {string.Join(", ", report.Domain3.Select(d => $"{d.Key} {d.Value:N0}"))}; {report.Domain49.Count} of 49 domains"));
            return Task.CompletedTask;
        });
    }

    // The corpus is either inside the folder of the stage MicroWorld or somebody's files.
    private static void ReadsCorpus(StageRun stage, IReadOnlyList<string> paths)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(paths[0]));
        if (parent is not null && File.Exists(Path.Combine(parent, Manifest.FileName)))
        {
            stage.Reads("corpus", parent);
            return;
        }

        var files = new ExternalFiles(Workspace.Current.HashMemo);
        foreach (var (path, index) in paths.Select((p, i) => (p, i)))
            stage.ReadsExternal(index == 0 ? "corpus" : $"corpus.{index}", files.HashOf(path, "*.jsonl"));
    }
}
