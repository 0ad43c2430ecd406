using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Data;
using ExpertDivergence.Labeling;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl label</c>: documents to one of 3 and one of 49 domains.</summary>
internal static class LabelVerb
{
    public static Command Create()
    {
        var input = new Option<string[]>("--in") { Description = "Files, folders and patterns: JSONL, CSV (each also .gz, .zst), Parquet, texts; - reads JSONL from standard input.", Required = true, AllowMultipleArgumentsPerToken = true };
        var map = new Option<string?>("--label-map") { Description = "JSON file that maps labels to domains; default: labels.json beside the documents." };
        return StageOptions.Verb("label", "Give every document one of 3 and one of 49 domains.", [input, map], call =>
        {
            var paths = call.Value(input);
            var stage = call.Begin(StageCatalog.Label);
            var corpus = new CorpusInput(paths, call.Recipe, call.Progress);
            var labels = corpus.IsStandardInput && call.Value(map) is null ? LabelMap.Empty : LabelMap.For(call.Value(map), paths[0], Taxonomy.BuiltIn);
            var labeller = LabellerFactory.Create(call, labels, paths);
            var report = new CorpusLabeller(corpus.Reader, labeller, LabellerFactory.Options(call.Recipe)).Run(stage.Folder, call.Progress, call.Cancellation);
            corpus.NoteIn(stage, labels.File);
            stage.Commit(call.Key);
            foreach (var (reason, count) in report.LeftOut.ByReason)
                call.Progress.Note(string.Create(CultureInfo.InvariantCulture, $"left out as {reason}: {count:N0}"));
            call.Progress.Note(string.Create(CultureInfo.InvariantCulture,
                $"{report.Kept:N0} of {report.Read:N0} documents kept: {string.Join(", ", report.Domain3.Select(d => $"{d.Key} {d.Value:N0}"))}; {report.Domain49.Count} fine domains"));
            return Task.CompletedTask;
        });
    }
}
