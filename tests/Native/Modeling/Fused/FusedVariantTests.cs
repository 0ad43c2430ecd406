using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>The fused step of every router variant, with every loss, against operator by operator.</summary>
public class FusedVariantTests
{
    private static readonly ModelOptions s_plain = new()
    {
        VocabSize = 48, Layers = 3, Dim = 32, Heads = 2, KvHeads = 1, HeadDim = 16, ExpertWidth = 16, Experts = 5, TopK = 2, MaxPositions = 12, InitStandardDeviation = 0.3,
    };

    [Theory]
    [InlineData("plain")]
    [InlineData("unnormalised")]
    [InlineData("sigmoid")]
    [InlineData("bias")]
    [InlineData("shared")]
    [InlineData("dense")]
    [InlineData("all")]
    public void Losses_and_gradients_are_those_of_the_composite_step(string name)
    {
        using var scope = torch.NewDisposeScope();
        var (losses, gradients) = Run(name, fused: false);
        var (fusedLosses, fusedGradients) = Run(name, fused: true);
        for (var i = 0; i < losses.Length; i++)
            fusedLosses[i].ShouldBe(losses[i], 1e-4 * Math.Max(1e-3, Math.Abs(losses[i])));
        foreach (var (parameter, gradient) in gradients)
        {
            var difference = (fusedGradients[parameter] - gradient).abs().max().item<double>();
            difference.ShouldBeInRange(0, 1e-3 * Math.Max(1e-6, gradient.abs().max().item<double>()), parameter);
        }
    }

    private static (double[] Losses, Dictionary<string, Tensor> Gradients) Run(string name, bool fused)
    {
        using var model = MoeTransformer.Create(name switch
        {
            "unnormalised" => s_plain with { NormaliseTopK = false },
            "sigmoid" => s_plain with { RouterScore = RouterScore.Sigmoid },
            "bias" => s_plain with { RouterBias = true },
            "shared" => s_plain with { SharedExperts = 2 },
            "dense" => s_plain with { FirstDenseLayers = 1, DenseWidth = 48 },
            "all" => s_plain with { RouterScore = RouterScore.Sigmoid, RouterBias = true, SharedExperts = 1, SharedExpertWidth = 32, FirstDenseLayers = 1, NormaliseTopK = false },
            _ => s_plain,
        }, seed: 2);
        foreach (var bias in model.Layout.RouterBiases)
            bias.copy_(torch.tensor(new[] { 0.3f, -0.2f, 0.1f, -0.25f, 0f }, [5]));
        if (fused)
            model.UseFusedStep(Precision.Fp32);
        using var loss = new TrainingLoss([.. LossRegistry.Names.Order(StringComparer.Ordinal).Select(n => LossRegistry.Create(n, new LossOptions { Coefficient = 0.1 }))], model.Layout);
        using var batch = TrainingBatch.FromRecords([.. Enumerable.Range(0, 52).Select(i => i * 7 % 48)], [13, 9, 13, 13], [0, 1, 1, 2], [0, 1, 1, 2]);
        var losses = loss.Compute(model.ForwardTraining(batch, loss.Capture), batch, 0);
        losses.Total.backward();
        return ([losses.LanguageModel.item<double>(), .. losses.Auxiliary.Select(a => a.Value.item<double>())],
            model.Parameters.ToDictionary(p => p.Name, p => p.Value.grad!.clone()));
    }
}
