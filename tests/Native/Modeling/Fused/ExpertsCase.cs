// T tokens, D model, E experts, K top-k, F expert width.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>Seeded inputs of a layer's experts, and what a loss made of the captured results and the sum gives back.</summary>
internal sealed class ExpertsCase
{
    private readonly Tensor _toOutput, _toOutputs, _toActivations, _toProducts;

    /// <summary>Makes the inputs; tokens choose among the experts allowed, or all.</summary>
    public ExpertsCase(int tokens, int dim, int width, int experts, int topK, int[]? allowed = null, ScalarType type = ScalarType.Float32)
    {
        using var generator = new Generator(seed: 7);
        Tensor Random(params long[] shape) => torch.randn(shape, generator: generator).to(type);
        (Residual, H) = (Random(tokens, dim).requires_grad_(), Random(tokens, dim).requires_grad_());
        GateUp = (Random(experts, dim, 2 * width) / Math.Sqrt(dim)).requires_grad_();
        Down = (Random(experts, width, dim) / Math.Sqrt(width)).requires_grad_();
        (_toOutput, _toOutputs, _toActivations) = (Random(tokens, dim), Random(tokens, topK, dim), Random(tokens, topK, width));
        var scores = Random(tokens, experts);
        for (var expert = 0; expert < experts; expert++)
        {
            if (allowed is not null && !allowed.Contains(expert))
                scores.select(1, expert).add_(-100.0);
        }

        (var weights, Indices) = torch.topk(scores.softmax(-1), topK, -1);
        Weights = weights.detach().requires_grad_();
        _toProducts = Random(tokens, topK, topK) / 16.0;
    }

    public Tensor Residual { get; }

    public Tensor H { get; }

    public Tensor Indices { get; init; }

    public Tensor Weights { get; init; }

    public Tensor GateUp { get; init; }

    public Tensor Down { get; init; }

    /// <summary>The fused operator on the inputs.</summary>
    public ExpertResult Fused(Precision precision, RoutingCapture capture)
    {
        using PackedWeight gateUp = new(GateUp, precision), down = new(Down, precision);
        gateUp.Refresh();
        down.Refresh();
        return FusedOperators.Experts(Residual, H, Indices, Weights, GateUp, Down, gateUp, down, capture);
    }

    /// <summary>The same by the loop over experts.</summary>
    public ExpertResult Loop(RoutingCapture capture)
    {
        var (output, outputs, activations) = new LoopExpertKernel().Forward(H, Indices, Weights, GateUp, Down, capture.AsRows());
        return new ExpertResult(Residual + output, Asked(RoutingCapture.ExpertOutputs, outputs), Asked(RoutingCapture.Activations, activations))
        {
            OutputProducts = Asked(RoutingCapture.OutputProducts, outputs, PairProducts.Composite),
            ActivationProducts = Asked(RoutingCapture.ActivationProducts, activations, PairProducts.Composite),
        };

        Tensor? Asked(RoutingCapture kept, Tensor? rows, Func<Tensor, Tensor>? of = null) => !capture.HasFlag(kept) ? null : of is null ? rows : of(rows!);
    }

    /// <summary>Everything by name: results, then the gradients of a loss of the chosen ones.</summary>
    public (string Name, Tensor Value)[] Backward(ExpertResult result, bool ofOutput = true, bool ofOutputs = true, bool ofActivations = true)
    {
        var loss = torch.zeros([], dtype: H.dtype);
        if (ofOutput)
            loss += (result.Output * _toOutput).sum();
        if (result.ExpertOutputs is { } outputs && ofOutputs)
            loss += (outputs * _toOutputs).sum();
        if (result.Activations is { } activations && ofActivations)
            loss += (activations * _toActivations).sum();
        if (result.OutputProducts is { } outputProducts && ofOutputs)
            loss += (outputProducts * _toProducts).sum();
        if (result.ActivationProducts is { } activationProducts && ofActivations)
            loss += (activationProducts * _toProducts).sum();
        loss.backward();
        return
        [
            ("output", result.Output), ("expert outputs", result.ExpertOutputs ?? result.Output), ("activations", result.Activations ?? result.Output),
            ("output products", result.OutputProducts ?? result.Output), ("activation products", result.ActivationProducts ?? result.Output),
            ("residual's gradient", Gradient(Residual)), ("h's gradient", Gradient(H)), ("weights' gradient", Gradient(Weights)),
            ("gate_up's gradient", Gradient(GateUp)), ("down's gradient", Gradient(Down)),
        ];
    }

    private static Tensor Gradient(Tensor leaf) => leaf.grad ?? torch.zeros_like(leaf);
}
