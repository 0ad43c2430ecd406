using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Torch;

/// <summary>The fused embedding and the norm of all gradients against libtorch's own.</summary>
public sealed class EmbedTests
{
    private static readonly Operator s_embed = new("edl::embed");

    [Fact]
    public void Rows_and_their_gradient_are_those_of_index_select()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new Generator(seed: 3);
        var ids = torch.tensor([4L, 0, 4, 2, 4, 0], [2, 3]);
        var up = torch.randn([6, 5], generator: generator);
        var ours = torch.randn([7, 5], generator: generator);
        var theirs = ours.clone();
        ours.requires_grad_();
        theirs.requires_grad_();

        var (a, b) = (s_embed.Call(ours, ids), theirs.index_select(0, ids.flatten()));
        (a * up).sum().backward();
        (b * up).sum().backward();

        a.ToArray<float>().ShouldBe(b.ToArray<float>());
        ours.grad!.ToArray<float>().ShouldBe(theirs.grad!.ToArray<float>());
    }

    [Fact]
    public void An_id_outside_the_vocabulary_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        Should.Throw<NativeException>(() => s_embed.Call(torch.zeros([3, 2]), torch.tensor([3L], [1]))).Message.ShouldContain("vocabulary of 3");
    }

    [Fact]
    public void The_norm_of_all_gradients_is_the_root_of_all_squares_for_any_number_of_threads()
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new Generator(seed: 4);
        var parameters = new[] { 70_001L, 3, 16_384 }.Select(n =>
        {
            var parameter = torch.zeros([n]).requires_grad_();
            parameter.grad = torch.randn([n], generator: generator);
            return parameter;
        }).ToArray();
        var expected = Math.Sqrt(parameters.Sum(p => p.grad!.ToArray<float>().Sum(x => (double)x * x)));
        var norms = ThreadCounts.With([1, 2, 3], () => torch.nn.utils.get_total_norm(parameters).item<float>());

        ((double)norms[0]).ShouldBe(expected, 1e-6 * expected);
        norms.Distinct().Count().ShouldBe(1);
    }
}
