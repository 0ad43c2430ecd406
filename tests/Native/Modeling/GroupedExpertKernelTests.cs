// T tokens, D model, E experts, K top-k, F expert width, P = T·K pairs of token and expert.
using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>The kernel with products one by one in the place of libtorch's, and with libtorch's where it has them on the host.</summary>
public sealed class GroupedExpertKernelTests : IDisposable
{
    private const int Tokens = 23, Dim = 16, Experts = 5, TopK = 2, Width = 8;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // Experts that tokens may go to: all, all but two, just two.
    public static TheoryData<int[]> Allowed => new() { new[] { 0, 1, 2, 3, 4 }, new[] { 0, 2, 3 }, new[] { 1, 4 } };

    public static TheoryData<bool, int[]> Products
    {
        get
        {
            var data = new TheoryData<bool, int[]>();
            foreach (var libtorch in (bool[])(OnHost() ? [false, true] : [false]))
            {
                foreach (var allowed in (int[][])[[0, 1, 2, 3, 4], [0, 2, 3], [1, 4]])
                    data.Add(libtorch, allowed);
            }

            return data;
        }
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Products))]
    public void Grouped_products_are_the_loop_over_experts_to_the_rounding_of_operands(bool libtorch, int[] allowed)
    {
        var grouped = Run(libtorch ? new GroupedExpertKernel() : new GroupedExpertKernel(OneByOne), allowed, mixed: true);
        var loop = Run(new LoopExpertKernel(), allowed, mixed: false);
        for (var i = 0; i < loop.Length; i++)
            ((grouped[i].to(ScalarType.Float32) - loop[i]).norm() / loop[i].norm()).item<double>().ShouldBeInRange(1e-5, 2e-2, $"result {i}");
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Outside_mixed_precision_padded_products_run(int[] allowed)
    {
        var fallen = Run(new GroupedExpertKernel((_, _, _) => throw new InvalidOperationException("no product was to be asked for")), allowed, mixed: false);
        var padded = Run(new PaddedExpertKernel(), allowed, mixed: false);
        for (var i = 0; i < padded.Length; i++)
            fallen[i].ToArray<float>().ShouldBe(padded[i].ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Rows_are_a_permutation_of_pairs_in_order_of_experts(int[] allowed)
    {
        var indices = Indices(allowed);
        var (order, rowOfPair, ends) = GroupedExpertKernel.Plan(indices, Experts);
        var (pair, row, end, expert) = (order.ToArray<long>(), rowOfPair.ToArray<long>(), ends.ToArray<int>(), indices.ToArray<long>());
        pair.Order().ShouldBe(Enumerable.Range(0, Tokens * TopK).Select(i => (long)i));
        for (var i = 0; i < pair.Length; i++)
        {
            row[pair[i]].ShouldBe(i);
            expert[pair[i]].ShouldBe(Array.FindIndex(end, e => i < e));
        }

        end[^1].ShouldBe(Tokens * TopK);
    }

    // Newer releases of libtorch have the product for the host as well; those before them have it for GPUs alone, or not.
    private static bool OnHost() => GroupedExpertKernel.Exists && Version.Parse(torch.Version.Split('+', 'a', 'r')[0]) >= new Version(2, 14);

    // aten::_grouped_mm in operators that every libtorch has.
    private static Tensor OneByOne(Tensor rows, Tensor matrices, Tensor ends)
    {
        rows.dtype.ShouldBe(ScalarType.BFloat16);
        matrices.dtype.ShouldBe(ScalarType.BFloat16);
        var end = ends.ToArray<int>();
        return torch.cat([.. end.Select((e, i) => torch.mm(rows.narrow(0, i == 0 ? 0 : end[i - 1], e - (i == 0 ? 0 : end[i - 1])), matrices.select(0, i)))]);
    }

    private static Tensor[] Run(IExpertKernel kernel, int[] allowed, bool mixed)
    {
        using var generator = new Generator(seed: 7);
        Tensor Random(params long[] shape) => torch.randn(shape, generator: generator);
        var (x, weights) = (Random(Tokens, Dim).requires_grad_(), Random(Tokens, TopK).requires_grad_());
        var (gateUp, down) = (Random(Experts, Dim, 2 * Width).requires_grad_(), Random(Experts, Width, Dim).requires_grad_());
        var indices = Indices(allowed);
        ExpertResult result;
        using (mixed ? torch.autocast(DeviceType.CPU) : null)
            result = kernel.Forward(x, indices, weights, gateUp, down, RoutingCapture.ExpertOutputs | RoutingCapture.Activations);
        var (y, outputs, activations) = result;
        ((y * Random(Tokens, Dim)).sum() + (outputs! * Random(Tokens, TopK, Dim)).sum() + (activations! * Random(Tokens, TopK, Width)).sum()).backward();
        return [y, outputs!, activations!, x.grad!, weights.grad!, gateUp.grad!, down.grad!];
    }

    private static Tensor Indices(int[] allowed)
    {
        using var generator = new Generator(seed: 9);
        var scores = torch.randn([Tokens, Experts], generator: generator);
        foreach (var expert in Enumerable.Range(0, Experts).Except(allowed))
            scores.select(1, expert).add_(-100.0);
        return torch.topk(scores, TopK).indexes;
    }
}
