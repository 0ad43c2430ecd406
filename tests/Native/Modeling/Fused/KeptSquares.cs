// T tokens, D model, V vocabulary.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>What is known of a gradient's squares, and gradients of an output head to ask it of.</summary>
internal static class KeptSquares
{
    /// <summary>What the norm is made of without reading the gradient; -1 where it is to be read.</summary>
    public static double Of(Tensor gradient) => s_keptSquares.CallNumber(gradient);

    /// <summary>The sum of the squares, in double.</summary>
    public static double Exactly(Tensor gradient) => gradient.ToArray<float>().Sum(x => (double)x * x);

    /// <summary>The norm of gradients together.</summary>
    public static float Norm(params Tensor[] gradients) => torch.nn.utils.get_total_norm([.. gradients.Select(g =>
    {
        var parameter = torch.zeros_like(g).requires_grad_();
        parameter.grad = g;
        return parameter;
    })]).item<float>();

    /// <summary>A head that gradients can be asked for.</summary>
    public static Tensor Head(int vocabulary = 130, int dim = 64) => Random(1, vocabulary, dim).requires_grad_();

    /// <summary>Adds the gradient of a loss, which is the number <paramref name="asked"/> times −Σ log p, to the head's.</summary>
    /// <returns>All of the head's gradient.</returns>
    public static Tensor Backward(Tensor head_VD, int tokens = 301, Precision precision = Precision.Bf16, double scale = 1, double asked = 1, ulong seed = 2)
    {
        (Loss(head_VD, tokens, precision, scale, seed) * asked).backward();
        return head_VD.grad!;
    }

    /// <summary>−Σ log p of random rows and targets.</summary>
    public static Tensor Loss(Tensor head_VD, int tokens = 301, Precision precision = Precision.Bf16, double scale = 1, ulong seed = 2)
    {
        var (vocabulary, dim) = (head_VD.size(0), head_VD.size(1));
        using var packed = new PackedWeight(head_VD, precision);
        packed.Refresh();
        var targets = torch.arange(tokens, dtype: ScalarType.Int64).mul(7).remainder(vocabulary);
        return FusedOperators.HeadLoss(Random(seed, tokens, dim), torch.ones([dim]), head_VD, packed, targets, scale, 1e-6);
    }

    private static readonly Operator s_keptSquares = new("edl::kept_squares");

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return torch.randn(shape, generator: generator);
    }
}
