using System.CommandLine;
using ExpertDivergence.Analysis;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl analyze</c>: how a checkpoint's routers treat the domains of the held-out text, layer by layer.</summary>
internal static class AnalyzeVerb
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Folder that the verb pretrain wrote, or one of its checkpoints/step-N.", Required = true };
        var data = new Option<string>("--data") { Description = "Folder that the verb pack wrote.", Required = true };
        return StageOptions.Verb("analyze", "How the routers treat the domains, layer by layer.", [model, data], call =>
        {
            var stage = call.Begin(StageCatalog.Analyze).ReadsModel(call.Value(model)).Reads("data", call.Value(data));
            var request = new AnalyzeRequest { ModelFolder = call.Value(model), PackFolder = call.Value(data), OutputFolder = stage.Folder };
            AnalyzeStage.Run(request, call.Progress, call.Cancellation);
            stage.Commit(call.Key);
            return Task.CompletedTask;
        });
    }
}
