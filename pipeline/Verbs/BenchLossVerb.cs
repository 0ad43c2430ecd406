using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Training;
using ExpertDivergence.Training.Bench;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>edl bench loss</c>: what an arm's losses cost, in pairs of steps with the baseline's in one process.</summary>
internal static class BenchLossVerb
{
    public static Command Create()
    {
        var shape = new BenchShape();
        var arms = new Option<string[]>("--arm") { Description = "Arms, by name.", Required = true, AllowMultipleArgumentsPerToken = true };
        var against = new Option<string>("--against") { Description = "The arm that they are compared with.", DefaultValueFactory = _ => "baseline" };
        var pairs = new Option<int>("--pairs") { Description = "Pairs of steps.", DefaultValueFactory = _ => 30 };
        var bf16 = new Option<bool>("--bf16") { Description = "Multiply in bfloat16." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("loss", "Measure what the losses of an arm cost, in pairs of steps with those of another.") { arms, against, pairs, bf16, json };
        shape.AddTo(command);
        command.SetAction(parsed =>
        {
            var precision = parsed.GetValue(bf16) ? Precision.Bf16 : Precision.Fp32;
            TrainingBenchOptions Options(string arm) => new()
            {
                Model = shape.Model(parsed), Batch = shape.Batch(parsed), Domains = shape.Domains(parsed), Threads = shape.Threads(parsed),
                Precision = precision, Losses = RecipeSections.Losses(RecipeLibrary.Arm(arm).LossesOf(arm)),
            };
            var results = new Dictionary<string, StepPairsResult>();
            foreach (var arm in parsed.GetValue(arms)!)
            {
                var result = results[arm] = StepPairs.Run(Options(parsed.GetValue(against)!), Options(arm), parsed.GetValue(pairs));
                if (!parsed.GetValue(json))
                    System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{arm,-16} {100 * result.Ratio:F2} % of {parsed.GetValue(against)}'s tokens a second, 95 % interval {100 * result.Low:F2} to {100 * result.High:F2}, {result.Pairs.Count} pairs"));
            }

            if (parsed.GetValue(json))
                System.Console.WriteLine(JsonSerializer.Serialize(results, JsonFormat.Indented));
            return ExitCodes.Done;
        });
        return command;
    }
}
