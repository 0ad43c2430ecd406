using System.Text.Json;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training;

/// <summary>The stage Pretrain: one arm, one seed, from packed sequences to a Hugging Face folder.</summary>
public static class PretrainStage
{
    private const string Tokenizer = "tokenizer.json";

    /// <summary>Trains, or goes on where an interrupted run of the same request stopped; the result has the same bytes either way.</summary>
    /// <param name="request">What to train, and where.</param>
    /// <param name="progress">Told of every step, of resuming, and of states that could not be used.</param>
    /// <param name="cancellation">When cancelled, the state is written and the run ends.</param>
    /// <returns>What stands in <c>training.json</c>.</returns>
    /// <exception cref="OptionException">A section of the recipe has an unknown key or a value out of its range.</exception>
    /// <exception cref="InputException">The packed set is damaged.</exception>
    /// <exception cref="PrerequisiteException">A GPU was asked for, and none can be used.</exception>
    /// <exception cref="NonFiniteException">A loss or gradient became infinite or not a number.</exception>
    /// <exception cref="ProcessGroupException">A rank did not come, is gone or has failed.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled or its time is over; the next one goes on from there.</exception>
    public static TrainingReport Run(PretrainRequest request, IProgressListener progress, CancellationToken cancellation)
    {
        using var thread = new TorchThread("pretrain");
        return thread.Run(() =>
        {
            // A GPU that is not there is told before nccl misses it in words of its own.
            var options = TrainingOptions.FromJson(request.Train);
            var device = options.Device.Resolve(request.Ranks.LocalRank);
            using var ranks = RankGroup.Connect(request.Ranks, options.Device == TrainingDevice.Cuda ? "nccl" : "gloo");
            return ranks.Together(() => RunHere(request, options, device, ranks, ranks.Rank == 0 ? progress : SilentProgress.Instance, cancellation));
        });
    }

    private static TrainingReport RunHere(
        PretrainRequest request, TrainingOptions options, Device device, IRankGroup ranks, IProgressListener progress, CancellationToken cancellation)
    {
        using var data = PackedDataset.Open(request.PackFolder, PackSplit.Train);
        var losses = RecipeSections.Losses(request.Losses, options.Steps);
        var shape = RecipeSections.Model(request.Model, data.Info) with
        {
            LoadBalanceCoefficient = losses.FirstOrDefault(l => l.Name == LoadBalancingLoss.RegistryName)?.Options.Coefficient ?? 0.0,
        };
        var batches = new BatchSource(data, options, request.Seed, device);
        var fingerprint = Fingerprint(request, shape, options, losses);
        ranks.RequireSame(fingerprint);

        Directory.CreateDirectory(request.OutputFolder);
        var tokenizer = Path.Combine(request.PackFolder, Tokenizer);
        var checkpoints = new TrainerCheckpoints(request.OutputFolder, fingerprint, progress) { Kept = options.KeepCheckpoints, Tokenizer = tokenizer };
        var resumed = ranks.FindNewest(checkpoints, request.OutputFolder);
        using var model = resumed is not null ? Checkpoint.Load(resumed.ModelFolder, device: device) : MoeTransformer.Create(shape, request.Seed, device: device);
        using var trainer = new Trainer(model, losses, batches, options, ranks);
        if (resumed is not null)
        {
            trainer.Resume(resumed);
            progress.Note($"Resumed after step {resumed.State.Step} of {options.Steps}.");
        }

        using var heldout = options.ValidateEvery > 0 ? OpenHeldout(request.PackFolder, data.Info) : null;
        using var events = options.Tensorboard && ranks.Rank == 0 ? new EventFile(request.OutputFolder, trainer.StepsDone, TimeProvider.System) : null;
        trainer.Validator = heldout is null ? null : new Validator(model, heldout, options);
        trainer.Events = events;
        trainer.Run(FormattableString.Invariant($"Pretrain {request.Arm} seed {request.Seed}"), checkpoints, fingerprint, progress, cancellation);

        var (total, active) = shape.CountParameters();
        var report = new TrainingReport
        {
            Arm = request.Arm,
            Seed = request.Seed,
            Steps = options.Steps,
            Tokens = trainer.Tokens,
            Parameters = new ParameterCounts(total, active),
            OrderSha256 = batches.OrderSha256(options.Steps),
            Losses = TrainingReport.Describe(losses),
            FlopsPerToken = TrainingReport.CountFlops(shape, data.SequenceLength),
        };
        ranks.OnFirst("writing the result", () =>
        {
            Checkpoint.Save(request.OutputFolder, model);
            File.Copy(tokenizer, Path.Combine(request.OutputFolder, Tokenizer), overwrite: true);
            trainer.WriteLogs(request.OutputFolder);
            report.Write(request.OutputFolder);
            TrainerFolder.Write(Path.Combine(request.OutputFolder, TrainerCheckpoints.FinishedFolder), trainer.State(fingerprint), trainer.WriteState,
                Checkpoint.WeightsFile, Checkpoint.ConfigFile, "metrics.csv");
            checkpoints.RemoveAll();
        });
        return report;
    }

    private static PackedDataset OpenHeldout(string folder, PackInfo info) => info.Heldout.Sequences > 0
        ? PackedDataset.Open(folder, PackSplit.Heldout)
        : throw new OptionException("train.validate_every", "the packed set holds nothing out", "Set it to 0, or raise pack.heldout_fraction.");

    // Everything that the weights depend on; how often a state is written or a number logged beside them is not among it.
    private static string Fingerprint(PretrainRequest request, ModelOptions model, TrainingOptions options, IReadOnlyList<ILoss> losses) =>
        Hashing.OfText(JsonFormat.Canonical(new JsonObject
        {
            ["seed"] = request.Seed,
            ["arm"] = request.Arm,
            ["model"] = JsonSerializer.SerializeToNode(model, JsonFormat.Compact),
            ["train"] = JsonSerializer.SerializeToNode(options.OfResult(), JsonFormat.Compact),
            ["losses"] = TrainingReport.Describe(losses),
            ["data"] = new JsonArray([.. new[] { "pack.json", "train.idx", "train.bin" }.Select(f => (JsonNode)Hashing.OfFile(Path.Combine(request.PackFolder, f)))]),
            ["version"] = request.StageVersion,
            ["libtorch"] = torch.Version,
            ["processor"] = torch.CpuCapability,
        }));
}
