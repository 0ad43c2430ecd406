using System.CommandLine;
using System.Globalization;
using ExpertDivergence.Core;
using ExpertDivergence.Stages.Graph;
using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Training;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl pretrain</c>: one arm with one seed; goes on where an interrupted run stopped.</summary>
internal static class PretrainVerb
{
    public static Command Create()
    {
        var arm = new Option<string>("--arm") { Description = "The recipe's arm to train.", Required = true };
        var seed = new Option<long>("--seed") { Description = "Names the random streams of the weights and of the order.", DefaultValueFactory = _ => 1 };
        var data = new Option<string>("--data") { Description = "Folder that the verb pack wrote.", Required = true };
        var minutes = new Option<double?>("--max-minutes") { Description = "Save the state and end with exit code 130 after so long; the same command goes on. Default: train.max_minutes." };
        var dryRun = new DryRun();
        var command = StageOptions.Verb("pretrain", "Pre-train one arm with one seed.", [arm, seed, data, minutes, .. dryRun.Options], call =>
        {
            if (dryRun.IsAsked(call.Arguments))
            {
                dryRun.Print(call.Arguments, call.Recipe, [call.Value(arm)]);
                return Task.CompletedTask;
            }

            var ranks = RankEnvironment.OfThisProcess();
            call = call with { Recipe = OfRanks(call.Recipe, ranks) };
            var train = call.Recipe.Section("train");
            if (call.Value(minutes) is { } limit)
                train["max_minutes"] = limit;
            var losses = call.Recipe.LossesOf(call.Value(arm));

            // Rank 0 alone frames the result.
            var stage = ranks.Rank > 0 ? null : call.Begin(StageCatalog.Pretrain, call.Value(arm), call.Value(seed), resumes: true).Reads("data", call.Value(data));
            var report = PretrainStage.Run(
                new PretrainRequest
                {
                    Arm = call.Value(arm),
                    Seed = call.Value(seed),
                    Model = call.Recipe.ModelOf(call.Value(arm)),
                    Train = train,
                    Losses = losses,
                    StageVersion = StageCatalog.Kinds[StageCatalog.Pretrain].Version,
                    PackFolder = call.Value(data),
                    OutputFolder = stage?.Folder ?? AtomicFolder.PartialOf(call.Out),
                    Ranks = ranks,
                },
                call.Progress,
                call.Cancellation);
            if (stage is null)
                return Task.CompletedTask;
            stage.Commit(call.Key);
            call.Progress.Note(string.Create(CultureInfo.InvariantCulture, $"{report.Steps} steps, {report.Tokens:N0} tokens"));
            return Task.CompletedTask;
        });
        dryRun.LiftRequirements(command, data.Name, "--out");
        return command;
    }

    // How many ranks there are is part of the result: it stands in key and manifest, however they were started.
    private static Recipe OfRanks(Recipe recipe, RankEnvironment ranks)
    {
        var asked = recipe.Integer("train.ranks");
        if (asked == ranks.World)
            return recipe;
        return asked == 1
            ? recipe.WithRanks(ranks.World)
            : throw new OptionException("train.ranks", $"the recipe asks for {asked} ranks, and {ranks.World} {(ranks.World == 1 ? "was" : "were")} started",
                $"Start it with: edl launch -n {asked} -- pretrain …; or with torchrun, mpirun or srun, as many.");
    }
}
