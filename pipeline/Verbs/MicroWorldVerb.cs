using System.CommandLine;
using ExpertDivergence.Data.MicroWorld;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl microworld</c>: generates the built-in corpus and its benchmark files.</summary>
internal static class MicroWorldVerb
{
    public static Command Create() => StageOptions.Verb("microworld", "Generate the built-in corpus and its benchmark files.", [], call =>
    {
        var stage = call.Begin(StageCatalog.MicroWorld);
        var options = new MicroWorldOptions { Seed = call.Recipe.Integer("corpus.seed"), Documents = (int)call.Recipe.Integer("corpus.documents") };
        var summary = MicroWorldGenerator.Write(options, stage.Folder, call.Progress, call.Cancellation);
        stage.Commit(call.Key);
        call.Progress.Note($"{summary.Documents} documents of {summary.Domains.Count} domains, benchmark items: {string.Join(", ", summary.Items.Select(i => $"{i.Key} {i.Value}"))}");
        return Task.CompletedTask;
    });
}
