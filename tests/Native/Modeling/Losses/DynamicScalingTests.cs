using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

public class DynamicScalingTests
{
    [Theory]
    [InlineData(3e-4, 1e4)]
    [InlineData(-2e-6, 1e6)]
    [InlineData(0.9, 1.0)]
    [InlineData(40.0, 1e-2)]
    [InlineData(0.0, 1.0)]
    public void A_loss_is_brought_to_the_size_of_load_balancing_by_a_power_of_ten(double first, double scale)
    {
        using var scope = torch.NewDisposeScope();
        var fixedLoss = new FixedLoss("fixed", "dynamic", first);
        using var loss = new TrainingLoss([new FixedLoss("load_balance", null, 1.2), fixedLoss]);
        var losses = Compute(loss);
        losses.Auxiliary[1].Scale.ShouldBe(scale, 1e-9 * scale);
        losses.Auxiliary[0].Scale.ShouldBe(1.0);
        losses.Auxiliary[1].Value.item<double>().ShouldBe(first, 1e-12);
        losses.Total.item<double>().ShouldBe(7.0 + (0.5 * 1.2) + (0.5 * scale * first), 1e-9);

        // Measured once.
        fixedLoss.Value = 1e-9;
        Compute(loss).Auxiliary[1].Scale.ShouldBe(scale, 1e-9 * scale);
    }

    [Fact]
    public void A_run_taken_up_again_keeps_what_was_measured()
    {
        using var scope = torch.NewDisposeScope();
        var path = Path.Combine(Directory.CreateTempSubdirectory("edl-scale-").FullName, "state.safetensors");
        using var before = new TrainingLoss([new FixedLoss("fixed", "dynamic", 1e-5)]);
        Compute(before);
        StateFile.Write(path, before);
        using var after = new TrainingLoss([new FixedLoss("fixed", "dynamic", 1.0)]);
        StateFile.Read(path, after);
        Compute(after).Auxiliary[0].Scale.ShouldBe(1e5, 1e-4);
        using var forgetful = new TrainingLoss([new FixedLoss("fixed", "dynamic", 1.0)]);
        Compute(forgetful).Auxiliary[0].Scale.ShouldBe(1.0);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static StepLosses Compute(TrainingLoss loss)
    {
        var routing = new RoutingCase(1, padded: false);
        var output = new TrainingOutput(torch.tensor(new[] { 7.0 * routing.Batch().PredictedTokens }, [1]).squeeze(), routing.Route(routing.LogitsTensor()));
        return loss.Compute(output, routing.Batch(), 0);
    }

    private sealed class FixedLoss(string name, string? scaling, double value) : ILoss
    {
        public double Value { get; set; } = value;

        public string Name => name;

        public LossOptions Options { get; } = new() { Coefficient = 0.5, Layers = "mean", Scaling = scaling };

        public Tensor PerLayer(RoutingMeans means) => torch.zeros([2], dtype: ScalarType.Float64) + Value;
    }
}
