// T tokens, D model, E experts, K top-k.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>A seeded stream and router, run through either path: results, then the gradients of the stream, the norm and the router.</summary>
internal sealed class RouterCase(int tokens, int dim, int experts, int topK)
{
    public const double Epsilon = 1e-6;

    public bool Normalise { get; init; } = true;

    public bool Sigmoid { get; init; }

    public bool Biased { get; init; }

    /// <summary>The one result that has a gradient; null for all of them.</summary>
    public string? Only { get; init; }

    /// <summary>The chosen experts of each run so far.</summary>
    public List<long[]> Indices { get; } = [];

    /// <summary>By the fused operator, in single precision.</summary>
    public IReadOnlyList<Tensor> Fused() => Run(ScalarType.Float32, (x, norm, router, bias) =>
        FusedOperators.Router(x, norm, router, bias, Epsilon, topK, Normalise, Sigmoid));

    /// <summary>By libtorch's operators, in double.</summary>
    public IReadOnlyList<Tensor> Composite() => Run(ScalarType.Float64, (x, norm, router, bias) =>
    {
        var h = RmsNorm.Apply(x, norm, Epsilon);
        return (x, h, Router.FromLogits(torch.nn.functional.linear(h, router), topK, Normalise, Sigmoid ? RouterScore.Sigmoid : RouterScore.Softmax, bias));
    });

    private IReadOnlyList<Tensor> Run(ScalarType type, Func<Tensor, Tensor, Tensor, Tensor?, (Tensor Stream, Tensor Normed, RouterOutput Routing)> through)
    {
        using var generator = new Generator(seed: 11);
        Tensor Random(params long[] shape) => torch.randn(shape, generator: generator).to(type);
        Tensor x = Random(tokens, dim).requires_grad_(), norm = Random(dim).requires_grad_(), router = (Random(experts, dim) * 0.3).requires_grad_();
        var bias = Biased ? Random(experts) * 0.2 : null;
        var (stream, normed, routing) = through(x, norm, router, bias);
        Indices.Add(routing.Indices.ToArray<long>());
        var results = new[] { ("stream", stream), ("normed", normed), ("logits", routing.Logits), ("probabilities", routing.Probabilities), ("weights", routing.Weights) };
        var loss = torch.zeros([], dtype: type);
        foreach (var (name, result) in results)
        {
            var weight = Random(result.shape);
            if (Only is null || Only == name)
                loss += (result * weight).sum();
        }

        loss.backward();
        return [.. results.Select(r => r.Item2.detach()), .. new[] { x, norm, router }.Select(leaf => leaf.grad ?? torch.zeros_like(leaf))];
    }
}
