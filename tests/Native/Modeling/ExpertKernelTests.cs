using ExpertDivergence.Modeling;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling;

public class ExpertKernelTests
{
    private const int Tokens = 23, Dim = 6, Experts = 5, TopK = 2, Width = 4;

    // Experts that tokens may go to: all, all but two, just two.
    public static TheoryData<int[]> Allowed => new() { new[] { 0, 1, 2, 3, 4 }, new[] { 0, 2, 3 }, new[] { 1, 4 } };

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Padded_products_equal_the_loop_over_experts(int[] allowed) => EqualToLoop(new PaddedExpertKernel(), allowed);

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Segments_equal_the_loop_over_experts(int[] allowed) => EqualToLoop(new SegmentedExpertKernel(), allowed);

    [Fact]
    public void An_expert_without_tokens_has_no_gradient()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var kernel in new IExpertKernel[] { new PaddedExpertKernel(), new SegmentedExpertKernel() })
        {
            var results = Run(kernel, [0, 2, 3]);
            results[5][1].abs().max().item<double>().ShouldBe(0.0);
            results[6][4].abs().max().item<double>().ShouldBe(0.0);
            results[6][0].abs().max().item<double>().ShouldBeGreaterThan(0.0);
        }
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Every_token_lands_once_with_each_of_its_experts(int[] allowed)
    {
        using var scope = torch.NewDisposeScope();
        var indices = Indices(allowed);
        var (rowOfPair, tokenOfRow, rows) = PaddedExpertKernel.Plan(indices, Experts);
        var (row, token, expert) = (rowOfPair.ToArray<long>(), tokenOfRow.ToArray<long>(), indices.ToArray<long>());
        row.Length.ShouldBe(Tokens * TopK);
        row.Distinct().Count().ShouldBe(row.Length);
        for (var pair = 0; pair < row.Length; pair++)
        {
            (row[pair] / rows).ShouldBe(expert[pair]);
            token[row[pair]].ShouldBe(pair / TopK);
        }
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Segments_hold_every_token_once_with_each_of_its_experts(int[] allowed)
    {
        using var scope = torch.NewDisposeScope();
        var indices = Indices(allowed);
        var (tokenOfRow, rowOfPair, counts) = SegmentedExpertKernel.Plan(indices, Experts);
        var (row, token, expert) = (rowOfPair.ToArray<long>(), tokenOfRow.ToArray<long>(), indices.ToArray<long>());
        row.Order().ShouldBe(Enumerable.Range(0, Tokens * TopK).Select(i => (long)i));
        counts.Select((_, e) => (long)expert.Count(x => x == e)).ShouldBe(counts);
        for (var pair = 0; pair < row.Length; pair++)
        {
            token[row[pair]].ShouldBe(pair / TopK);
            row[pair].ShouldBeInRange(counts.Take((int)expert[pair]).Sum(), counts.Take((int)expert[pair] + 1).Sum() - 1);
        }
    }

    private static void EqualToLoop(IExpertKernel kernel, int[] allowed)
    {
        using var scope = torch.NewDisposeScope();
        var ours = Run(kernel, allowed);
        var loop = Run(new LoopExpertKernel(), allowed);
        ours.Length.ShouldBe(7);
        for (var i = 0; i < ours.Length; i++)
        {
            loop[i].abs().max().item<double>().ShouldBeGreaterThan(0.0);
            (ours[i] - loop[i]).abs().max().item<double>().ShouldBeInRange(0, 1e-13);
        }
    }

    // Output, what is captured, then the gradients (through all three) of tokens, weights, gate-up and down projections.
    private static Tensor[] Run(IExpertKernel kernel, int[] allowed)
    {
        using var generator = new Generator(seed: 7);
        Tensor Random(params long[] shape) => torch.randn(shape, dtype: ScalarType.Float64, generator: generator);
        var (x, weights) = (Random(Tokens, Dim).requires_grad_(), Random(Tokens, TopK).requires_grad_());
        var (gateUp, down) = (Random(Experts, Dim, 2 * Width).requires_grad_(), Random(Experts, Width, Dim).requires_grad_());
        var (y, outputs, activations) = kernel.Forward(x, Indices(allowed), weights, gateUp, down, RoutingCapture.ExpertOutputs | RoutingCapture.Activations);
        var total = (y * Random(Tokens, Dim)).sum() + (outputs! * Random(Tokens, TopK, Dim)).sum() + (activations! * Random(Tokens, TopK, Width)).sum();
        total.backward();
        return [y, outputs!, activations!, x.grad!, weights.grad!, gateUp.grad!, down.grad!];
    }

    private static Tensor Indices(int[] allowed)
    {
        using var generator = new Generator(seed: 9);
        var scores = torch.randn([Tokens, Experts], generator: generator);
        for (var expert = 0; expert < Experts; expert++)
        {
            if (!allowed.Contains(expert))
                scores.select(1, expert).add_(-100.0);
        }

        return torch.topk(scores, TopK).indexes;
    }
}
