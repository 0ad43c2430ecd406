using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>The total by the native operator against its twin of libtorch's operators.</summary>
public class WeightedLossesTests
{
    private const double Tokens = 48.0;

    [Theory]
    [InlineData(ScalarType.Float64, 1e-14)]
    [InlineData(ScalarType.Float32, 1e-6)]
    public void Values_and_gradients_are_its_twin_s(ScalarType type, double tolerance)
    {
        using var scope = torch.NewDisposeScope();
        double[] weights = [0.3, 0.0, -2.0], points = LossCheck.Numbers(12, "total");
        bool[] sums = [true, false, false];
        var (values, gradients) = Run(WeightedLosses.Of);
        var (expected, expectedGradients) = Run(WeightedLosses.Composite);
        values.ShouldBe(expected, tolerance);
        gradients.ShouldBe(expectedGradients, tolerance);

        (double[] Values, double[] Gradients) Run(Func<Tensor, double, Tensor[], double[], bool[], (Tensor Total, Tensor LanguageModel, Tensor[] Values)> of)
        {
            var nll = torch.tensor(150.0).to(type).requires_grad_();
            Tensor[] perLayer = [.. Enumerable.Range(0, 3).Select(i => torch.tensor(points[(4 * i)..(4 * i + 4)]).to(type).requires_grad_())];
            var all = of(nll, Tokens, perLayer, weights, sums);
            (all.Total * 3.0).backward();
            return ([.. all.Values.Append(all.Total).Append(all.LanguageModel).Select(v => v.item<double>())],
                [nll.grad!.item<double>(), .. perLayer.SelectMany(p => p.grad?.to(ScalarType.Float64).ToArray<double>() ?? new double[4])]);
        }
    }

    [Fact]
    public void What_is_no_number_in_a_loss_of_weight_0_stays_out_of_the_total()
    {
        using var scope = torch.NewDisposeScope();
        var spoiled = torch.tensor(new[] { 1f, float.NaN }).requires_grad_();
        var (total, _, values) = WeightedLosses.Of(torch.tensor(48.0).requires_grad_(), Tokens, [spoiled], [0.0], [true]);
        total.backward();
        total.item<double>().ShouldBe(1.0);
        double.IsNaN(values[0].item<double>()).ShouldBeTrue();
        spoiled.grad.ShouldBeNull();
    }

    [Fact]
    public void The_gradient_of_the_sum_is_the_one_foreseen()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var tokens in new[] { 3.0, 2048.0, 1677.0 })
        {
            var nll = torch.tensor(5f, dtype: ScalarType.Float32).requires_grad_();
            WeightedLosses.Of(nll, tokens, [], [], []).Total.backward();
            nll.grad!.item<float>().ShouldBe((float)(1.0 / tokens));
        }
    }
}
