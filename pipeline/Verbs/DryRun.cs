using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Stages.Recipes;
using ExpertDivergence.Training;
using Spectre.Console;

namespace ExpertDivergence.Pipeline.Verbs;

/// <summary><c>--dry-run</c> of the verbs that train: what the arms of a recipe take, by arithmetic; nothing is read, written or trained.</summary>
internal sealed class DryRun
{
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what training takes (parameters, memory, FLOPs, disk, days on GPUs) and do nothing." };
    private readonly Option<double> _mfu = new("--mfu") { Description = "Dry run: share of the GPU's peak that the model's operations reach.", DefaultValueFactory = _ => 0.4 };
    private readonly Option<double> _peak = new("--peak-tflops") { Description = "Dry run: peak of one GPU; 989 is an H100's in dense bfloat16.", DefaultValueFactory = _ => 989 };
    private readonly Option<double> _memory = new("--gpu-memory") { Description = "Dry run: memory of one GPU in GiB.", DefaultValueFactory = _ => 80 };
    private readonly Option<bool> _json = new("--json") { Description = "Dry run: print JSON." };

    /// <summary>The options, for a verb to take.</summary>
    public IEnumerable<Option> Options => [_dryRun, _mfu, _peak, _memory, _json];

    /// <summary>Whether it was asked for.</summary>
    public bool IsAsked(ParseResult arguments) => arguments.GetValue(_dryRun);

    /// <summary>Makes options that a verb requires required only where it does its work.</summary>
    public void LiftRequirements(Command command, params string[] names)
    {
        var options = command.Options.Where(o => names.Contains(o.Name)).ToArray();
        foreach (var option in options)
            option.Required = false;
        command.Validators.Add(result =>
        {
            foreach (var option in options.Where(o => result.GetResult(o) is null && !result.GetValue(_dryRun)))
                result.AddError($"Option '{option.Name}' is required.");
        });
    }

    /// <summary>Prints the estimate of arms.</summary>
    public int Print(ParseResult arguments, Recipe recipe, IReadOnlyList<string> arms)
    {
        if (arms.Count == 0)
            throw new OptionException("arms", "the recipe names no arm", "Name at least one, for example `arms: {baseline: }`.");
        var requests = arms.Select(arm => Request(arguments, recipe, arm)).ToArray();
        var estimates = requests.Select(TrainingEstimate.Of).ToArray();
        if (arguments.GetValue(_json))
            System.Console.WriteLine(Json(recipe, arms, requests, estimates));
        else
            Table(recipe, arms, requests, estimates);
        return ExitCodes.Done;
    }

    private EstimateRequest Request(ParseResult arguments, Recipe recipe, string arm)
    {
        var training = TrainingOptions.FromJson(recipe.Section("train"));
        var (length, vocabulary) = ((int)recipe.Integer("pack.sequence_length"), (int)recipe.Integer("tokenizer.vocab_size"));
        if (recipe.Text("tokenizer.file").Length > 0)
            throw new OptionException("tokenizer.file", "a dry run opens no files, so it cannot count this tokenizer's ids", "Add --set tokenizer.file= --set tokenizer.vocab_size=N.");
        var pack = new PackInfo(length, vocabulary <= 65536 ? 2 : 4, vocabulary, 0, [], [], new PackCounts(0, 0), new PackCounts(0, 0));
        return new EstimateRequest
        {
            Model = RecipeSections.Model(recipe.ModelOf(arm), pack), Training = training, Length = length,
            Losses = RecipeSections.Losses(recipe.LossesOf(arm), training.Steps),
            Mfu = arguments.GetValue(_mfu), PeakTeraflops = arguments.GetValue(_peak), DeviceGibibytes = arguments.GetValue(_memory),
        };
    }

    private static string Json(Recipe recipe, IReadOnlyList<string> arms, EstimateRequest[] requests, TrainingEstimate[] estimates) => new JsonObject
    {
        ["recipe"] = recipe.Name,
        ["mfu"] = requests[0].Mfu,
        ["peak_tflops"] = requests[0].PeakTeraflops,
        ["gpu_memory_gib"] = requests[0].DeviceGibibytes,
        ["seeds"] = recipe.Seeds.Count,
        ["arms"] = new JsonObject(arms.Select((arm, i) => KeyValuePair.Create(arm, JsonSerializer.SerializeToNode(estimates[i], JsonFormat.Indented)))),
    }.ToJsonString(JsonFormat.Indented);

    private static void Table(Recipe recipe, IReadOnlyList<string> arms, EstimateRequest[] requests, TrainingEstimate[] estimates)
    {
        var (request, training) = (requests[0], requests[0].Training);
        var table = new Table().AddColumns(["one arm, one seed", .. arms.Select(Markup.Escape)]);
        foreach (var column in table.Columns.Skip(1))
            column.RightAligned();
        Row("parameters", e => Billions(e.Parameters.Total));
        Row("  active for a token", e => Billions(e.Parameters.Active));
        Row("tokens", e => Billions(e.Tokens));
        Row("FLOPs a token", e => Billions(e.FlopsPerToken));
        Row("  executed, with extra passes", e => Billions(e.ExecutedFlopsPerToken));
        Row("memory of a rank, GiB: weights (fp32)", e => Gibibytes(e.Memory.Weights));
        Row("  copies to multiply with, all kept", e => Gibibytes(e.Memory.Operands));
        Row("  copies, layers computed again", e => Gibibytes(e.Memory.OperandsRecomputed));
        Row("  gradients (fp32)", e => Gibibytes(e.Memory.Gradients));
        Row("  AdamW's moments (fp32)", e => Gibibytes(e.Memory.Moments));
        Row("  activations of a micro-batch, all kept", e => Gibibytes(e.Memory.Activations));
        Row("  activations, layers computed again", e => Gibibytes(e.Memory.ActivationsRecomputed));
        Row("  together, all kept", e => Gibibytes(e.Memory.Total));
        Row("  together, layers computed again", e => Gibibytes(e.Memory.TotalRecomputed));
        Row(Invariant($"fits one GPU of {request.DeviceGibibytes} GiB, all kept"), e => e.Fits ? "yes" : "no");
        Row("  layers computed again", e => e.FitsRecomputed ? "yes" : "no");
        Row("disk, GB: packed tokens (all arms)", e => Gigabytes(e.Disk.Tokens));
        Row("  states while it runs", e => Gigabytes(e.Disk.States));
        Row("  result", e => Gigabytes(e.Disk.Result));
        for (var i = 0; i < estimates[0].Time.Count; i++)
        {
            var n = i;
            Row(Invariant($"days on {estimates[0].Time[n].Gpus} GPU{(estimates[0].Time[n].Gpus > 1 ? "s" : "")}"), e => Invariant($"{e.Time[n].Days:N2}"));
        }

        AnsiConsole.Write(table);
        System.Console.WriteLine(Invariant($"{recipe.Name}: {training.Steps:N0} steps of {training.BatchSize:N0} sequences of {request.Length:N0} tokens, ")
            + Invariant($"{training.BatchSize / (training.Ranks * training.Accumulation)} at a time on {(training.Ranks == 1 ? "one rank" : Invariant($"each of {training.Ranks} ranks"))}; activation_checkpointing: {training.ActivationCheckpointing.ToString().ToLowerInvariant()}."));
        System.Console.WriteLine(Invariant($"Days: tokens x FLOPs a token / (GPUs x {request.PeakTeraflops} TFLOP/s x MFU {request.Mfu}). Every formula: docs/scale.md."));
        System.Console.WriteLine("Data parallel alone: each rank holds all weights and moments, more GPUs make it faster and not smaller.");

        void Row(string name, Func<TrainingEstimate, string> of) => table.AddRow([Markup.Escape(name), .. estimates.Select(of)]);
    }

    private static string Billions(long value) => Invariant($"{value / 1e9:N3} B");

    private static string Gibibytes(long bytes) => Invariant($"{bytes / (double)(1L << 30):N1}");

    private static string Gigabytes(long bytes) => Invariant($"{bytes / 1e9:N1}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
