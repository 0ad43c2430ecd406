using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Training.Estimates;

/// <summary>Numbers worked out by hand for a model of two layers: V 100, D 8, H 2, G 1, head width 4, F 6, E 4, K 2.</summary>
public sealed class TrainingEstimateTests
{
    private static readonly ModelOptions s_model = new()
    {
        VocabSize = 100, Layers = 2, Dim = 8, Heads = 2, KvHeads = 1, HeadDim = 4, ExpertWidth = 6, Experts = 4, TopK = 2, MaxPositions = 16,
    };

    private static readonly TrainingOptions s_training = new()
    {
        Steps = 100, BatchSize = 8, Accumulation = 4, Device = TrainingDevice.Cuda, Precision = Precision.Bf16, MilestoneEvery = 30, KeepCheckpoints = 2,
    };

    // A layer: attention (2·2 + 2·1)·4·8 + 2·4 = 200, norms 16, router 32, experts 4·3·8·6 = 576; embedding and head 1,600, last norm 8.
    private const long Total = (2 * (200 + 16 + 32 + 576)) + 1600 + 8;

    private static EstimateRequest Request(TrainingOptions? training = null, params ILoss[] losses) =>
        new() { Model = s_model, Training = training ?? s_training, Length = 16, Losses = losses };

    [Fact]
    public void Weights_gradients_moments_and_copies()
    {
        var memory = MemoryEstimate.Of(Request());
        memory.Weights.ShouldBe(4 * Total);
        memory.Gradients.ShouldBe(4 * Total);
        memory.Moments.ShouldBe(8 * Total);
        memory.Operands.ShouldBe(2 * ((2 * (192 + 576)) + 800)); // projections, experts, head
        MemoryEstimate.Of(Request(s_training with { Precision = Precision.Fp32 })).Operands.ShouldBe(0);
        memory.OperandsRecomputed.ShouldBe(2 * 800); // the head, larger than a layer's 768
        memory.State.ShouldBe(16 * Total);
        memory.Total.ShouldBe((16 * Total) + memory.Operands + memory.Activations);
        memory.TotalRecomputed.ShouldBe((16 * Total) + 1600 + memory.ActivationsRecomputed);
    }

    [Fact]
    public void Two_layouts_of_each_weight_in_the_fused_step()
    {
        var wide = s_model with { Dim = 16, ExpertWidth = 16, HeadDim = 16 };
        var request = Request(s_training with { Device = TrainingDevice.Cpu }) with { Model = wide };
        MemoryEstimate.Of(request).Operands.ShouldBe(2 * 2 * ((2 * ((6 * 16 * 16) + (4 * 3 * 16 * 16))) + 1600));

        // 12·16, two times (2·32 + 2·16), 4·2, 2·2·2·16, 8; scores and choices 8·4 + 20·2.
        ActivationEstimate.Of(request).ShouldBe(new ActivationEstimate(192 + 192 + 8 + 128 + 8 + 72, 72, 64, 72));
    }

    // Q = 8, U = 4, w = 2: 22·8 = 176, 2·2·2·8 = 64, 8·8 = 64, 8·12 = 96, 8·2·6 = 96, 4·5 = 20, 8; scores and choices 8·4 + 20·2 = 72.
    private const long PerLayer = 176 + 64 + 64 + 96 + 96 + 20 + 8 + 72;

    // 10·8 + 4 + 14·100.
    private const long Head = 1484;

    [Fact]
    public void Activations_of_a_token()
    {
        ActivationEstimate.Of(Request()).ShouldBe(new ActivationEstimate(PerLayer, 72, 32, Head));

        // On the host attention keeps its shares, H·L of two bytes.
        ActivationEstimate.Of(Request(s_training with { Device = TrainingDevice.Cpu })).PerLayer.ShouldBe(PerLayer + (2 * 2 * 16));
    }

    [Fact]
    public void Activations_of_a_micro_batch()
    {
        var memory = MemoryEstimate.Of(Request()); // 2 sequences of 16 tokens
        memory.Activations.ShouldBe(32 * ((2 * PerLayer) + Head));
        memory.ActivationsRecomputed.ShouldBe(32 * ((2 * (32 + 72)) + Head));
    }

    [Fact]
    public void Ranks_share_the_sequences_and_each_holds_all_weights()
    {
        var (one, two) = (MemoryEstimate.Of(Request()), MemoryEstimate.Of(Request(s_training with { Ranks = 2 })));
        two.Activations.ShouldBe(one.Activations / 2);
        two.State.ShouldBe(one.State);
    }

    [Fact]
    public void Losses_that_look_into_experts_keep_more()
    {
        var outputs = LossRegistry.Create("orthogonality", new LossOptions { Formula = "paper" });
        outputs.Capture.ShouldBe(RoutingCapture.OutputProducts);
        ActivationEstimate.Of(Request(null, outputs)).PerLayer.ShouldBe(PerLayer + (4 * 2 * 8) + (4 * 2 * 2));
    }

    // Multiplied weights of a token: 2·(192 + 8 + 16 + 32 + 2·144) + 808 = 1,880 (norms count along); attention 6·2·2·4·16 = 1,536.
    [Fact]
    public void Operations_tokens_and_days()
    {
        var estimate = TrainingEstimate.Of(Request() with { Mfu = 0.5, PeakTeraflops = 1e-6 });
        estimate.FlopsPerToken.ShouldBe((6 * 1880) + 1536);
        estimate.ExecutedFlopsPerToken.ShouldBe(estimate.FlopsPerToken);
        estimate.Tokens.ShouldBe(100 * 8 * 16);
        estimate.Time.Select(t => t.Gpus).ShouldBe([1, 8, 64]);
        estimate.Time[0].Days.ShouldBe(12_800 * 12_816.0 / 5e5 / 86_400, 1e-12);
        (estimate.Time[0].Days / estimate.Time[2].Days).ShouldBe(64, 1e-9);
    }

    [Fact]
    public void Recomputing_and_looking_ahead_cost_a_third_each()
    {
        var whole = LossRegistry.Create("divergence", new LossOptions { Formula = "neg_log_jsd", Granularity = "step", Labels = "domain49" });
        var estimate = TrainingEstimate.Of(Request(s_training with { ActivationCheckpointing = ActivationCheckpointing.Layer }, whole));
        estimate.ExecutedFlopsPerToken.ShouldBe(12_816 + (2 * 12_816 / 3));
    }

    [Fact]
    public void Disk()
    {
        var disk = TrainingEstimate.Of(Request()).Disk;
        disk.Tokens.ShouldBe(800 * 17 * 2);
        disk.State.ShouldBe(12 * Total);
        disk.States.ShouldBe(36 * Total);
        disk.Milestones.ShouldBe(3 * 4 * Total); // after steps 30, 60, 90
        disk.Result.ShouldBe(24 * Total);
    }

    [Fact]
    public void What_fits_depends_on_the_memory()
    {
        var memory = MemoryEstimate.Of(Request());
        bool fits(double bytes) => TrainingEstimate.Of(Request() with { DeviceGibibytes = bytes / (1L << 30) }).Fits;
        fits(memory.Total).ShouldBeTrue();
        fits(memory.Total - 1).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, 989)]
    [InlineData(1.5, 989)]
    [InlineData(double.NaN, 989)]
    [InlineData(0.4, -1)]
    public void Impossible_machines_are_refused(double mfu, double peak) =>
        Should.Throw<OptionException>(() => TrainingEstimate.Of(Request() with { Mfu = mfu, PeakTeraflops = peak }));
}
