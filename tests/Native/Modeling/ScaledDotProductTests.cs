// B batch, L length, H query heads, G key/value heads, R head width.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>libtorch's attention operator, by the arguments and the order of heads that GPUs get, against sums written out.</summary>
public sealed class ScaledDotProductTests : IDisposable
{
    private const int B = 2, L = 5, R = 4;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(3, 3)]
    [InlineData(4, 2)]
    [InlineData(6, 1)]
    public void Each_query_head_looks_at_its_key_head_and_never_ahead(int heads, int keyHeads)
    {
        Assert.SkipUnless(ScaledDotProduct.Exists, "this libtorch has no such operator");
        using var generator = new Generator(seed: 3);
        Tensor Random(int n) => torch.randn([B, L, n, R], dtype: ScalarType.Float64, generator: generator);
        var (q, k, v) = (Random(heads), Random(keyHeads), Random(keyHeads));
        var mixed = ScaledDotProduct.Mix(q, k, v);

        mixed.shape.ShouldBe([B * L, heads * R]);
        (mixed - Written(q.ToArray<double>(), k.ToArray<double>(), v.ToArray<double>(), heads, keyHeads)).abs().max().item<double>().ShouldBeInRange(0, 1e-12);
    }

    [Fact]
    public void Gradients_reach_queries_keys_and_values()
    {
        Assert.SkipUnless(ScaledDotProduct.Exists, "this libtorch has no such operator");
        Tensor[] leaves = [.. ((int[])[4, 2, 2]).Select(n => torch.randn([B, L, n, R]).requires_grad_())];
        ScaledDotProduct.Mix(leaves[0], leaves[1], leaves[2]).square().sum().backward();
        leaves.ShouldAllBe(leaf => leaf.grad!.abs().max().item<double>() > 0);
    }

    [Fact]
    public void The_host_goes_its_own_way() => ScaledDotProduct.Suits(torch.CPU).ShouldBeFalse();

    private static Tensor Written(double[] q, double[] k, double[] v, int heads, int keyHeads)
    {
        var result = new double[B * L * heads * R];
        for (var b = 0; b < B; b++)
        for (var h = 0; h < heads; h++)
        for (var i = 0; i < L; i++)
        {
            var g = h * keyHeads / heads;
            int At(int position, int head, int count) => (((b * L) + position) * count + head) * R;
            var shares = Enumerable.Range(0, i + 1).Select(j => Math.Exp(Enumerable.Range(0, R).Sum(r => q[At(i, h, heads) + r] * k[At(j, g, keyHeads) + r]) / Math.Sqrt(R))).ToArray();
            for (var r = 0; r < R; r++)
                result[At(i, h, heads) + r] = shares.Select((share, j) => share * v[At(j, g, keyHeads) + r]).Sum() / shares.Sum();
        }

        return torch.tensor(result, [B * L, heads * R]);
    }
}
