using ExpertDivergence.Core;
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>Values and gradients of every loss against plain loops and central differences, in double, from the router's logits.</summary>
public class LossGradientTests
{
    private const double Tolerance = 1e-7;
    private const double Epsilon = 1e-8;

    public static IEnumerable<TheoryDataRow<bool, bool, bool, bool, bool>> EveryOption() =>
        Enumerable.Range(0, 32).Select(i => new TheoryDataRow<bool, bool, bool, bool, bool>(
            (i & 1) > 0, (i & 2) > 0, (i & 4) > 0, (i & 8) > 0, (i & 16) > 0));

    [Theory]
    [MemberData(nameof(EveryOption))]
    public void Divergence_is_right_for_every_option(bool padded, bool negativeLog, bool full, bool domain3, bool sum)
    {
        var options = new LossOptions
        {
            Formula = negativeLog ? "neg_log_jsd" : "jsd", Probabilities = full ? "full" : "post_top_k",
            Labels = domain3 ? "domain3" : "domain49", Layers = sum ? "sum" : "mean",
        };
        var routing = new RoutingCase(1, padded);
        var plain = new PlainLosses(routing);
        Compare(routing, new DivergenceLoss(options), (logits, layer) => Plain(plain, routing, options, logits, layer)).ShouldBe((true, true));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Load_balance_is_right(bool padded, bool sum)
    {
        var routing = new RoutingCase(2, padded);
        var plain = new PlainLosses(routing);
        Compare(routing, new LoadBalancingLoss(new LossOptions { Layers = sum ? "sum" : "mean" }), plain.LoadBalance).ShouldBe((true, true));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_flipped_sign_in_the_formula_is_noticed(int flip)
    {
        var options = new LossOptions { Formula = "neg_log_jsd", Probabilities = "full", Labels = "domain49" };
        var routing = new RoutingCase(1, padded: false);
        var flipped = new PlainLosses(routing) { FlippedSign = flip };
        Compare(routing, new DivergenceLoss(options), (logits, layer) => Plain(flipped, routing, options, logits, layer)).ShouldBe((false, false));
    }

    [Fact]
    public void A_flipped_sign_in_the_backward_alone_is_noticed()
    {
        var routing = new RoutingCase(2, padded: false);
        Compare(routing, new FlippedBackward(), new PlainLosses(routing).LoadBalance).ShouldBe((true, false));
    }

    [Fact]
    public void A_gradient_that_is_no_number_is_noticed_wherever_it_stands()
    {
        double Function(double[] x) => x[0] + (2 * x[1]);
        GradientCheck.Error(Function, [1, 1], [1, 2]).ShouldBeInRange(0, Tolerance);
        double.IsNaN(GradientCheck.Error(Function, [1, 1], [double.NaN, 2])).ShouldBeTrue();
        double.IsNaN(GradientCheck.Error(Function, [1, 1], [1, double.NaN])).ShouldBeTrue();
    }

    [Fact]
    public void The_cases_leave_an_expert_without_tokens()
    {
        using var scope = torch.NewDisposeScope();
        var routing = new RoutingCase(1, padded: false);
        var means = new RoutingMeans(routing.Route(routing.LogitsTensor()), routing.Batch());
        means.Load()[0, RoutingCase.IdleExpert].item<double>().ShouldBe(0.0);
        means.MeanProbability()[0, RoutingCase.IdleExpert].item<double>().ShouldBeGreaterThan(0.0);
    }

    [Fact]
    public void Next_token_loss_is_the_mean_over_predicted_tokens()
    {
        using var scope = torch.NewDisposeScope();
        const int vocabulary = 7;
        var random = new KeyedRandom(3, "next-token");
        var batch = TrainingBatch.FromRecords([1, 2, 3, 4, 5, 6, 0, 0], [4, 2], [0, 1], [0, 1]);
        int[] targets = [2, 3, 4, 6];
        int[] rows = [0, 1, 2, 3];
        var point = Enumerable.Range(0, 6 * vocabulary).Select(_ => random.NextGaussian()).ToArray();
        var logits = torch.tensor(point, [6, vocabulary], requires_grad: true);
        var probabilities = torch.ones([6, 2], dtype: ScalarType.Float64) / 2.0;
        var router = new RouterOutput(probabilities, probabilities, torch.zeros([6, 1], dtype: ScalarType.Int64), torch.ones([6, 1], dtype: ScalarType.Float64));
        var losses = new TrainingLoss([]).Compute(TrainingOutput.FromLogits(logits, batch, [router]), batch, 0);
        losses.Total.backward();
        losses.LanguageModel.item<double>().ShouldBe(CrossEntropy(point), 1e-12);
        GradientCheck.Error(CrossEntropy, point, logits.grad!.ToArray<double>()).ShouldBeInRange(0, Tolerance);

        double CrossEntropy(double[] x) => rows.Select((row, i) =>
            Math.Log(x.Skip(row * vocabulary).Take(vocabulary).Sum(Math.Exp)) - x[row * vocabulary + targets[i]]).Average();
    }

    private static double Plain(PlainLosses plain, RoutingCase routing, LossOptions options, double[] logits, int layer) => plain.Divergence(
        logits, layer, options.Formula!, options.Probabilities!, options.Labels == "domain3" ? routing.Domain3 : routing.Domain49, Epsilon);

    // Both through TrainingLoss with a coefficient, so that scaling and the joining of layers are under test too.
    private static (bool Value, bool Gradient) Compare(RoutingCase routing, ILoss loss, Func<double[], int, double> plainLayer)
    {
        const double coefficient = 0.3;
        using var scope = torch.NewDisposeScope();
        var batch = routing.Batch();
        var logits = routing.LogitsTensor();
        var perLayer = loss.PerLayer(new RoutingMeans(routing.Route(logits), batch));
        var value = loss.Options.Layers == "sum" ? perLayer.sum() : perLayer.mean();
        (coefficient * value).backward();
        double Plain(double[] x)
        {
            var layers = Enumerable.Range(0, RoutingCase.Layers).Select(layer => plainLayer(x, layer));
            return coefficient * (loss.Options.Layers == "sum" ? layers.Sum() : layers.Average());
        }

        var expected = Plain(routing.Logits);
        return (Math.Abs(coefficient * value.item<double>() - expected) <= 1e-10 * Math.Max(1.0, Math.Abs(expected)),
            GradientCheck.Error(Plain, routing.Logits, logits.grad!.ToArray<double>()) <= Tolerance);
    }

    private sealed class FlippedBackward : ILoss
    {
        private readonly LoadBalancingLoss _right = new(new LossOptions());

        public string Name => "flipped";

        public LossOptions Options => _right.Options;

        public Tensor PerLayer(RoutingMeans means)
        {
            var right = _right.PerLayer(means);
            return 2.0 * right.detach() - right;
        }
    }
}
