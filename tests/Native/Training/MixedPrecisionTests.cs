using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using ExpertDivergence.Training.Bench;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Training;

/// <summary>bfloat16 operator by operator, the way a GPU trains, on the host.</summary>
[Collection(nameof(LifetimeTests))]
public sealed class MixedPrecisionTests
{
    private static readonly ModelOptions s_model = new()
    {
        VocabSize = 50, Layers = 2, Dim = 24, Heads = 3, KvHeads = 1, HeadDim = 8, ExpertWidth = 8, Experts = 4, TopK = 2, MaxPositions = 12,
    };

    [Fact]
    public void The_check_of_a_device_holds_on_the_host_and_its_bf16_passes_are_not_fp32()
    {
        var rows = DeviceCheck.Run(TrainingDevice.Cpu);
        rows.ShouldAllBe(row => row.Holds);
        rows.Select(row => row.Name).ShouldBe(["fp32", "bf16, padded experts"]);
        rows[1].GradientError.ShouldBeGreaterThan(1e-3);
    }

    [Fact]
    public void A_row_with_a_number_that_is_none_does_not_hold() =>
        new DeviceCheckRow("", double.NaN, 0, 0, 1, 1, 1).Holds.ShouldBeFalse();

    [Fact]
    public void Scores_of_the_router_and_gradients_of_weights_stay_in_fp32() => OnThread(() =>
    {
        using var model = MoeTransformer.Create(s_model, 1);
        model.UseComposite(Precision.Bf16);
        using var batches = new RandomBatches(1, 4, 12, 50, 2);
        using var scope = torch.NewDisposeScope();
        var output = model.ForwardTraining(batches.Batch(0), RoutingCapture.ExpertOutputs | RoutingCapture.Activations);
        output.NegativeLogLikelihood.dtype.ShouldBe(ScalarType.Float32);
        foreach (var router in output.Routers)
        {
            foreach (var tensor in new[] { router.Logits, router.Probabilities, router.Weights, router.ExpertOutputs!, router.Activations! })
                tensor.dtype.ShouldBe(ScalarType.Float32);
        }

        output.NegativeLogLikelihood.backward();
        model.Parameters.ShouldAllBe(p => p.Value.grad!.dtype == ScalarType.Float32);
        torch.is_autocast_enabled(DeviceType.CPU).ShouldBeFalse();
    });

    [Fact]
    public void A_step_leaves_as_many_live_tensors_as_it_found() => OnThread(() =>
    {
        using var model = MoeTransformer.Create(s_model, 1);
        using var batches = new RandomBatches(3, 4, 12, 50, 2);
        using var trainer = new Trainer(model, [], batches, Options(3));
        trainer.Step();
        var before = torch.LiveTensors;
        trainer.Step();
        torch.LiveTensors.ShouldBe(before);
    });

    [Fact]
    public void Losses_follow_those_of_fp32() => OnThread(() =>
    {
        double[] Losses(Precision precision)
        {
            torch.manual_seed(5);
            using var model = MoeTransformer.Create(s_model, 1);
            using var batches = new RandomBatches(6, 4, 12, 50, 2);
            using var trainer = new Trainer(model, [], batches, Options(6) with { Precision = precision, LogEvery = 1 });
            for (var step = 0; step < 6; step++)
                trainer.Step();
            return [.. trainer.Metrics.Rows.Select(row => row[4])];
        }

        var (exact, mixed) = (Losses(Precision.Fp32), Losses(Precision.Bf16));
        for (var step = 0; step < exact.Length; step++)
            Math.Abs(mixed[step] / exact[step] - 1).ShouldBeInRange(0, 1e-2);
        mixed.ShouldNotBe(exact);
    });

    [Fact]
    public void A_gpu_that_is_not_there_is_named_with_the_remedy()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "this machine has a GPU");
        var error = Should.Throw<PrerequisiteException>(() => TrainingDevice.Cuda.Resolve());
        error.Message.ShouldContain(torch.Version);
        error.Remedy.ShouldContain(torch.cuda.is_built ? "nvidia-smi" : "LIBTORCH=");
        error.Remedy.ShouldContain("train.device=cpu");
        TrainingDevice.Cpu.Resolve().ShouldBe(torch.CPU);
    }

    private static TrainingOptions Options(int steps) => new()
    {
        Steps = steps, BatchSize = 4, WarmupSteps = 0, LearningRate = 1e-3, MinLearningRate = 1e-3, Precision = Precision.Bf16, Kernels = StepKernels.Composite,
    };

    private static void OnThread(Action test)
    {
        using var thread = new TorchThread();
        thread.Run(test);
    }
}
