using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using ExpertDivergence.Training;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>Our numbers against PyTorch's for one whole step in fp32: logits, losses, gradients after clipping, weights after AdamW.</summary>
public class PeerTests
{
    public static TheoryData<string> References => ["initial", "trained", "fused"];

    public static TheoryData<string, bool> Passes => new() { { "initial", false }, { "trained", false }, { "fused", false }, { "fused", true } };

    [Theory]
    [MemberData(nameof(References))]
    public void Logits_and_router_probabilities_agree(string reference)
    {
        using var peer = new PeerReference(reference);
        using var model = peer.Model();
        using var batch = peer.Batch();
        using var scope = torch.NewDisposeScope();
        var output = model.Forward(batch.Ids);
        LargestDifference(output.Logits, peer.Tensor("logits").flatten(0, 1)).ShouldBeInRange(0, 1e-5);
        for (var layer = 0; layer < model.Options.Layers; layer++)
            LargestDifference(output.Routers[layer].Probabilities, peer.Tensor($"router.{layer}")).ShouldBeInRange(0, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Passes))]
    public void Losses_agree(string reference, bool fused)
    {
        using var peer = new PeerReference(reference);
        using var model = Model(peer, fused);
        using var batch = peer.Batch();
        using var scope = torch.NewDisposeScope();
        var losses = peer.TrainingLoss().Compute(model.ForwardTraining(batch), batch, step: 0);
        losses.LanguageModel.item<double>().ShouldBe(peer.Loss("lm"), 1e-6);
        losses.Auxiliary[0].Value.item<double>().ShouldBe(peer.Loss("load_balance"), 1e-6);

        // In single precision a JSD is off by about a rounding of 1, whatever its size, and −log(JSD) by that over the JSD.
        var rounding = 1e-7 / Math.Exp(-peer.Loss("divergence"));
        losses.Auxiliary[1].Value.item<double>().ShouldBe(peer.Loss("divergence"), Math.Max(1e-6, rounding));
    }

    [Theory]
    [MemberData(nameof(References))]
    public void The_divergence_loss_agrees_in_double_also_where_domains_route_alike(string reference)
    {
        using var peer = new PeerReference(reference);
        using var model = peer.Model();
        using var batch = peer.Batch();
        using var scope = torch.NewDisposeScope();
        var loss = new DivergenceLoss(new LossOptions { Labels = "domain3" });

        // The router's probabilities stay those of single precision. The JSD is quadratic in their differences, so −log(JSD) is off by a
        // rounding over the JSD's root; in single precision it would be one over the JSD itself, a hundred times more for "initial".
        var expected = peer.Loss("divergence_double");
        var rounding = 1e-7 / Math.Sqrt(Math.Exp(-expected));
        loss.PerLayer(new RoutingMeans(model.Forward(batch.Ids).Routers, batch)).mean().item<double>().ShouldBe(expected, Math.Max(1e-6, rounding));
    }

    [Theory]
    [MemberData(nameof(Passes))]
    public void Gradients_and_the_step_agree(string reference, bool fused)
    {
        using var peer = new PeerReference(reference);
        using var model = Model(peer, fused);
        using var batch = peer.Batch();
        using var scope = torch.NewDisposeScope();
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions(Beta2: 0.95, WeightDecay: 0.1));
        peer.TrainingLoss().Compute(model.ForwardTraining(batch), batch, step: 0).Total.backward();
        var norm = torch.nn.utils.clip_grad_norm_([.. model.Parameters.Select(p => p.Value)], 1.0).item<double>();
        norm.ShouldBe(peer.Loss("grad_norm"), 1e-5 * norm);
        foreach (var parameter in model.Parameters)
            RelativeError(parameter.Value.grad!, peer.For("grad", parameter.Name)).ShouldBeInRange(0, 1e-5, parameter.Name);
        optimizer.Step(1e-3);
        foreach (var parameter in model.Parameters)
            RelativeError(parameter.Value, peer.For("after", parameter.Name)).ShouldBeInRange(0, 1e-5, parameter.Name);
    }

    private static MoeTransformer Model(PeerReference peer, bool fused)
    {
        var model = peer.Model();
        if (fused)
            model.UseFusedStep(Precision.Fp32);
        return model;
    }

    private static double LargestDifference(Tensor a, Tensor b) => (a - b).abs().max().item<double>();

    private static double RelativeError(Tensor a, Tensor b) => (a - b).norm().item<double>() / b.norm().item<double>();
}
