// T = B·L, D model, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>A training pass that keeps only what goes in between layers, and computes each layer again on the way back (Chen et al., 2016): a
/// layer's activations live while its gradient is taken, not all layers' at once. The numbers are those of the pass that keeps everything, bit
/// for bit.</summary>
/// <remarks>Forward runs without gradient. Losses are computed on copies of the routers' outputs that are the beginning of their graph, so that
/// <see cref="Backward"/> first finds the losses' gradients on these and on the last stream; then, from the last layer to the first, the layer
/// runs again and takes up both. Its tensors belong to the scope that it is made in.</remarks>
public sealed class CheckpointedPass : IDisposable
{
    private readonly ITrainingPass _pass;
    private readonly Tensor _embedded_TD;
    private readonly Tensor[] _streams;
    private readonly RouterOutput?[] _routers;

    internal CheckpointedPass(ITrainingPass pass)
    {
        _pass = pass;
        _embedded_TD = pass.Embed();
        _streams = new Tensor[pass.Layers + 1];
        _routers = new RouterOutput?[pass.Layers];
        _streams[0] = Leaf(_embedded_TD);
        for (var i = 0; i < pass.Layers; i++)
        {
            using var scope = torch.NewDisposeScope();
            using var noGrad = torch.no_grad();
            var (next_TD, routing) = pass.Layer(i, _streams[i]);
            _routers[i] = routing?.Map(Leaf).KeepBeyond(scope);
            _streams[i + 1] = scope.MoveToOuter(Leaf(next_TD));
        }

        Output = new TrainingOutput(pass.NegativeLogLikelihood(_streams[^1]), [.. _routers.OfType<RouterOutput>()]);
    }

    /// <summary>What losses are computed on.</summary>
    public TrainingOutput Output { get; }

    /// <summary>Adds the gradients of a loss to the parameters'; once.</summary>
    /// <param name="total">A scalar, computed from <see cref="Output"/>.</param>
    public void Backward(Tensor total)
    {
        total.backward();
        for (var i = _pass.Layers - 1; i >= 0; i--)
        {
            using var scope = torch.NewDisposeScope();
            var (next_TD, routing) = _pass.Layer(i, _streams[i]);

            // The gradient of Σ tensor · constant is the constant: so several tensors take theirs in one walk.
            var sum = (next_TD * Gradient(_streams[i + 1])!).sum();
            foreach (var (again, before) in (routing?.Differentiable ?? []).Zip(_routers[i]?.Differentiable ?? []))
            {
                if (Gradient(before) is { } gradient)
                    sum += (again * gradient).sum();
            }

            sum.backward();
            _streams[i + 1].Dispose();
        }

        _embedded_TD.backward(Gradient(_streams[0]));
    }

    /// <summary>Frees what the pass keeps beside its tensors.</summary>
    public void Dispose() => _pass.Dispose();

    private static Tensor Leaf(Tensor value) => value.detach().requires_grad_();

    private static Tensor? Gradient(Tensor leaf)
    {
        var gradient = leaf.grad;
        leaf.grad = null;
        return gradient;
    }
}
