using System.CommandLine;
using ExpertDivergence.Core;
using ExpertDivergence.Evaluation;
using ExpertDivergence.Stages.Execution;
using ExpertDivergence.Stages.Graph;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl evaluate</c>: benchmarks and held-out loss by domain of a checkpoint, or of the n-gram yardsticks.</summary>
internal static class EvaluateVerb
{
    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "Folder that the verb pretrain wrote, or one of its checkpoints/step-N." };
        var ngram = new Option<bool>("--ngram") { Description = "Judge a unigram and a trigram model of the training sequences instead." };
        var data = new Option<string>("--data") { Description = "Folder that the verb pack wrote.", Required = true };
        var benchmarks = new Option<string?>("--benchmarks") { Description = "Folder of benchmark files in their official layouts; without it only held-out loss is measured." };
        return StageOptions.Verb("evaluate", "Benchmarks and held-out loss by domain.", [model, ngram, data, benchmarks], call =>
        {
            if (call.Value(model) is null == !call.Value(ngram))
                throw new UsageException("give either --model or --ngram", "Add --model DIR, a folder that the verb pretrain wrote.");
            var stage = call.Begin(StageCatalog.Evaluate);
            if (call.Value(model) is { } folder)
                stage.ReadsModel(folder);
            stage.Reads("data", call.Value(data));
            ReadsBenchmarks(stage, call.Value(benchmarks));
            var request = new EvaluationRequest
            {
                PackedFolder = call.Value(data),
                OutputFolder = stage.Folder,
                BenchmarksFolder = call.Value(benchmarks),
                Tasks = call.Value(benchmarks) is null ? [] : call.Recipe.Texts("benchmarks.tasks"),
                Options = new EvaluationOptions
                {
                    FewShot = (int)call.Recipe.Integer("benchmarks.few_shot"),
                    Limit = call.Recipe.Integer("benchmarks.limit") is > 0 and var limit ? (int)limit : null,
                },
            };
            if (call.Value(model) is { } checkpoint)
                Evaluator.EvaluateModel(checkpoint, request, call.Progress, cancellation: call.Cancellation);
            else
                Evaluator.EvaluateNGrams(request, call.Progress, call.Cancellation);
            stage.Commit(call.Key);
            return Task.CompletedTask;
        });
    }

    // Benchmarks are either inside the folder of the stage MicroWorld or somebody's files.
    private static void ReadsBenchmarks(StageRun stage, string? folder)
    {
        if (folder is null)
            return;
        var parent = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        if (File.Exists(Path.Combine(parent, Manifest.FileName)))
            stage.Reads("benchmarks", parent);
        else
            stage.ReadsExternal("benchmarks", new ExternalFiles(Workspace.Current.HashMemo).HashOf(folder));
    }
}
