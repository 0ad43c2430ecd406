// B batch, L length, D model, H query heads, G key/value heads, R head width.
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>The fused attention block against the model's own layers in double.</summary>
public sealed class AttentionBlockTests : IDisposable
{
    private static readonly string[] s_results = ["output", "x", "norm", "qkv", "q_norm", "k_norm", "out"];

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // B, L, D, H, G, R: whole blocks; one token; odd everything; widths that are no power of two; more keys than are taken at a time; several
    // blocks of queries.
    public static TheoryData<int, int, int, int, int, int> Shapes => new()
    {
        { 2, 64, 64, 4, 4, 16 }, { 1, 1, 16, 1, 1, 16 }, { 3, 37, 48, 4, 2, 16 }, { 2, 129, 64, 3, 1, 64 }, { 5, 21, 80, 6, 3, 32 }, { 1, 650, 32, 2, 1, 48 }, { 2, 256, 64, 2, 2, 32 },
    };

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_fp32_it_is_the_composite_to_rounding(int batch, int length, int dim, int heads, int kvHeads, int width)
    {
        var block = new AttentionCase(batch, length, dim, heads, kvHeads, width);
        Compare(block.Fused(Precision.Fp32), block.Exact(), 3e-6);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_bf16_it_is_the_composite_to_the_rounding_of_operands(int batch, int length, int dim, int heads, int kvHeads, int width)
    {
        var block = new AttentionCase(batch, length, dim, heads, kvHeads, width);
        Compare(block.Fused(Precision.Bf16), block.Exact(), 3e-2);
    }

    // Within a block of queries; past several, with keys that no query of a block looks at; keys in two parts that meet on the diagonal.
    [Theory]
    [InlineData(Precision.Fp32, 3e-6, new[] { 7, 90, 1, 33 })]
    [InlineData(Precision.Bf16, 3e-2, new[] { 7, 90, 1, 33 })]
    [InlineData(Precision.Fp32, 3e-6, new[] { 100, 150, 20 })]
    [InlineData(Precision.Bf16, 3e-2, new[] { 100, 150, 20 })]
    [InlineData(Precision.Fp32, 3e-6, new[] { 50, 700 })]
    [InlineData(Precision.Bf16, 3e-2, new[] { 50, 700 })]
    public void Starts_part_a_sequence_into_documents(Precision precision, double tolerance, int[] lengths)
    {
        var block = new AttentionCase(1, lengths.Sum(), 48, 4, 2, 32);
        var starts = lengths.SelectMany((length, i) => Enumerable.Repeat(lengths.Take(i).Sum(), length)).ToArray();
        var documents = lengths.Select((length, i) => block.Part(lengths.Take(i).Sum(), length).Exact()).ToArray();

        // Output and gradient of x stand one after another, gradients of weights add up.
        var expected = Enumerable.Range(0, s_results.Length).Select(i =>
            i < 2 ? torch.cat([.. documents.Select(d => d[i])], 0) : documents.Skip(1).Aggregate(documents[0][i], (total, d) => total + d[i])).ToArray();
        Compare(block.Fused(precision, starts), expected, tolerance);
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void A_token_before_the_start_changes_nothing(Precision precision)
    {
        int[] starts = [.. Enumerable.Repeat(0, 20), .. Enumerable.Repeat(20, 30)];
        var block = new AttentionCase(1, 50, 32, 2, 1, 16);
        var alone = block.Part(20, 30).WithoutGradient(precision);
        var masked = block.WithoutGradient(precision, starts).narrow(0, 20, 30);
        var seeing = block.WithoutGradient(precision).narrow(0, 20, 30);
        RelativeError(masked, alone).ShouldBeInRange(0, precision == Precision.Fp32 ? 1e-6 : 1e-2);
        RelativeError(seeing, alone).ShouldBeGreaterThan(0.05);
    }

    // Sequences of whole blocks, which threads take as they are but for what is left over, and others.
    [Theory]
    [InlineData(Precision.Fp32, 3, 71)]
    [InlineData(Precision.Bf16, 3, 71)]
    [InlineData(Precision.Fp32, 5, 64)]
    [InlineData(Precision.Bf16, 5, 64)]
    [InlineData(Precision.Bf16, 2, 192)]
    public void The_number_of_threads_changes_no_bit(Precision precision, int batch, int length)
    {
        var block = new AttentionCase(batch, length, 64, 4, 2, 32);
        ThreadCounts.ShouldChangeNoBit(() => block.Fused(precision));
    }

    [Fact]
    public void Without_gradient_the_values_are_the_same_and_no_history_is_kept()
    {
        var block = new AttentionCase(2, 40, 32, 2, 2, 16);
        var plain = block.WithoutGradient(Precision.Bf16);
        plain.requires_grad.ShouldBeFalse();
        plain.ToArray<float>().ShouldBe(block.Fused(Precision.Bf16)[0].ToArray<float>());
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        var block = new AttentionCase(2, 6, 32, 4, 2, 16);
        Message(() => block.Spoilt(w => w, batch: 5)).ShouldContain("5 sequences");
        Message(() => block.Spoilt(w => w, length: 5)).ShouldContain("cos has sizes");
        Message(() => block.Spoilt(w => w with { Qkv = w.Output })).ShouldContain("qkv has sizes");
        Message(() => block.Spoilt(w => w with { InputNorm = w.InputNorm.to(ScalarType.Float64) })).ShouldContain("norm must be contiguous Float32");
        Message(() => block.Spoilt(w => w with { KeyNorm = w.InputNorm })).ShouldContain("k_norm has sizes");
        Message(() => block.Spoilt(w => w, starts: [.. Enumerable.Range(1, 12)])).ShouldContain("position 0 of a sequence cannot start to look at position 1");
        Message(() => block.Spoilt(w => w, starts: new int[11])).ShouldContain("one a token");
    }

    [Fact]
    public void A_width_that_is_no_multiple_of_sixteen_is_refused() =>
        Message(() => new AttentionCase(1, 4, 24, 2, 2, 16).WithoutGradient(Precision.Fp32)).ShouldContain("multiples of 16");

    private static string Message(Action call) => Should.Throw<NativeException>(call).Message;

    private static void Compare(Tensor[] actual, Tensor[] expected, double tolerance)
    {
        for (var i = 0; i < actual.Length; i++)
            RelativeError(actual[i].to(ScalarType.Float64), expected[i]).ShouldBeInRange(0, tolerance, s_results[i]);
    }

    // A single token has no gradient of scores at all, hence the floor.
    private static double RelativeError(Tensor a, Tensor b) => (a - b).norm().item<double>() / Math.Max(b.norm().item<double>(), 1.0);
}
