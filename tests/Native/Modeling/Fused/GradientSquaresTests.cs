using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>The squares that kernels add up while they write gradients, against the gradients.</summary>
public sealed class GradientSquaresTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // T, D, V: one token; a vocabulary that fills no panel; several chunks of rows, the last one odd.
    [Theory]
    [InlineData(Precision.Fp32, 1, 16, 16)]
    [InlineData(Precision.Fp32, 37, 48, 50)]
    [InlineData(Precision.Fp32, 301, 64, 130)]
    [InlineData(Precision.Bf16, 37, 48, 50)]
    [InlineData(Precision.Bf16, 301, 64, 130)]
    [InlineData(Precision.Bf16, 385, 80, 33)]
    public void Those_of_a_head_are_its_gradient_s(Precision precision, int tokens, int dim, int vocabulary) =>
        Compare(KeptSquares.Backward(KeptSquares.Head(vocabulary, dim), tokens, precision));

    // Logits of more than are kept at a time: the gradient is added to, and counts as it is in the end.
    [Theory]
    [InlineData(Precision.Fp32, 80)]
    [InlineData(Precision.Bf16, 170)]
    public void So_are_those_of_a_head_that_is_written_several_times(Precision precision, int tokens) =>
        Compare(KeptSquares.Backward(KeptSquares.Head(vocabulary: 200_000, dim: 16), tokens, precision));

    [Theory]
    [InlineData(Precision.Fp32, 2, 64, 64, 4, 4, 16)]
    [InlineData(Precision.Fp32, 1, 1, 16, 1, 1, 16)]
    [InlineData(Precision.Bf16, 2, 129, 64, 3, 1, 64)]
    [InlineData(Precision.Bf16, 5, 21, 80, 6, 3, 32)]
    public void Those_of_attention_are_its_gradients(Precision precision, int batch, int length, int dim, int heads, int kvHeads, int width)
    {
        var gradients = new AttentionCase(batch, length, dim, heads, kvHeads, width).Fused(precision);
        Compare(gradients[3]);
        Compare(gradients[6]);
    }

    // All experts; one without tokens; one with all of them, whose panels are tasks.
    [Theory]
    [InlineData(Precision.Fp32, 37, 48, 80, 5, 2, null)]
    [InlineData(Precision.Fp32, 301, 64, 32, 4, 1, new[] { 2 })]
    [InlineData(Precision.Bf16, 333, 64, 96, 7, 3, null)]
    [InlineData(Precision.Bf16, 37, 16, 16, 3, 1, new[] { 0, 2 })]
    [InlineData(Precision.Bf16, 301, 64, 32, 4, 1, new[] { 2 })]
    public void Those_of_experts_are_their_gradients(Precision precision, int tokens, int dim, int width, int experts, int topK, int[]? allowed) =>
        ThreadCounts.With([1, 3], () =>
        {
            var c = new ExpertsCase(tokens, dim, width, experts, topK, allowed);
            c.Backward(c.Fused(precision, RoutingCapture.None));
            Compare(c.GateUp.grad!);
            Compare(c.Down.grad!);
            return true;
        });

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void The_number_of_threads_changes_no_bit_of_them_nor_of_the_norm(Precision precision)
    {
        var runs = ThreadCounts.With([1, 2, 3], () =>
        {
            var attention = new AttentionCase(3, 71, 64, 4, 2, 32).Fused(precision);
            ExpertsCase even = new(401, 64, 48, 5, 2), uneven = new(301, 64, 32, 4, 1, [2]);
            even.Backward(even.Fused(precision, RoutingCapture.None));
            uneven.Backward(uneven.Fused(precision, RoutingCapture.None));
            Tensor[] gradients = [attention[3], attention[6], even.GateUp.grad!, even.Down.grad!, uneven.GateUp.grad!, uneven.Down.grad!,
                KeptSquares.Backward(KeptSquares.Head(), precision: precision)];
            var squares = Array.ConvertAll(gradients, KeptSquares.Of);
            squares.ShouldAllBe(x => x > 0);
            KeptSquares.Norm(gradients).ShouldBe((float)Math.Sqrt(squares.Sum()));
            return squares;
        });
        runs[1].ShouldBe(runs[0]);
        runs[2].ShouldBe(runs[0]);
    }

    [Fact]
    public void All_products_weights_of_a_model_bring_theirs_along()
    {
        using var model = MoeTransformer.Create(new ModelOptions
        {
            VocabSize = 48, Layers = 2, Dim = 32, Heads = 2, KvHeads = 1, HeadDim = 16, ExpertWidth = 16, Experts = 5, TopK = 2, MaxPositions = 12,
        }, seed: 2);
        model.UseFusedStep(Precision.Bf16);
        using var batch = TrainingBatch.FromRecords([.. Enumerable.Range(0, 52).Select(i => i * 7 % 48)], [13, 9, 13, 13], [0, 1, 1, 2], [0, 1, 1, 2]);
        using var loss = new TrainingLoss([], model.Layout);
        loss.Compute(model.ForwardTraining(batch), batch, 0).Total.backward();

        var gradients = model.Parameters.Select(p => p.Value.grad!).ToArray();
        gradients.Count(g => KeptSquares.Of(g) >= 0).ShouldBe((4 * 2) + 1);
        var exact = Math.Sqrt(gradients.Sum(KeptSquares.Exactly));
        ((double)torch.nn.utils.get_total_norm([.. model.Parameters.Select(p => p.Value)]).item<float>()).ShouldBe(exact, 1e-6 * exact);
    }

    private static void Compare(Tensor gradient)
    {
        var exact = KeptSquares.Exactly(gradient);
        Math.Abs(KeptSquares.Of(gradient) - exact).ShouldBeInRange(0, 1e-6 * exact);
    }
}
