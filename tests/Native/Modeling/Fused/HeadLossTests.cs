// T tokens, D model, V vocabulary.
using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Fused;

/// <summary>The fused head and loss against the same made of libtorch's operators in double.</summary>
public sealed class HeadLossTests
{
    private const double Epsilon = 1e-6;

    public static TheoryData<int, int, int> Shapes => new() { { 48, 32, 64 }, { 37, 48, 50 }, { 1, 16, 16 }, { 101, 64, 33 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_fp32_it_is_the_composite_to_rounding(int tokens, int dim, int vocabulary) => Compare(tokens, dim, vocabulary, Precision.Fp32, 3e-6);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void In_bf16_it_is_the_composite_to_the_rounding_of_operands(int tokens, int dim, int vocabulary) => Compare(tokens, dim, vocabulary, Precision.Bf16, 2e-2);

    [Fact]
    public void A_gradient_other_than_foreseen_is_right_as_well()
    {
        using var scope = torch.NewDisposeScope();
        var (foreseen, other) = (Run(Precision.Fp32, 24, 32, 40, scale: 0.25, asked: 0.25), Run(Precision.Fp32, 24, 32, 40, scale: 1.0, asked: 0.25));
        for (var i = 0; i < foreseen.Length; i++)
            RelativeError(other[i], foreseen[i]).ShouldBeInRange(0, 1e-6);
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        using var scope = torch.NewDisposeScope();
        ThreadCounts.ShouldChangeNoBit(() => Run(Precision.Bf16, 301, 64, 130));
    }

    [Fact]
    public void Without_gradient_the_loss_is_the_same()
    {
        using var scope = torch.NewDisposeScope();
        var with = Run(Precision.Fp32, 60, 32, 40)[0].item<float>();
        using (torch.no_grad())
            Loss(new Case(60, 32, 40), Precision.Fp32, 1.0).item<float>().ShouldBe(with);
    }

    [Fact]
    public void No_token_gives_no_gradient()
    {
        using var scope = torch.NewDisposeScope();
        foreach (var result in Run(Precision.Fp32, 0, 32, 40))
            result.ToArray<float>().ShouldAllBe(x => x == 0);
    }

    [Fact]
    public void A_target_outside_the_vocabulary_is_refused()
    {
        using var scope = torch.NewDisposeScope();
        var wrong = new Case(4, 16, 20);
        wrong.Targets.fill_(20);
        Should.Throw<NativeException>(() => Loss(wrong, Precision.Fp32, 1.0)).Message.ShouldContain("vocabulary of 20");
    }

    private static void Compare(int tokens, int dim, int vocabulary, Precision precision, double tolerance)
    {
        using var scope = torch.NewDisposeScope();
        var ours = Run(precision, tokens, dim, vocabulary);
        var exact = new Case(tokens, dim, vocabulary, ScalarType.Float64);
        var normed = RmsNorm.Apply(exact.X, exact.Norm, Epsilon);
        var nll = torch.nn.functional.cross_entropy(torch.nn.functional.linear(normed, exact.Head), exact.Targets, reduction: torch.nn.Reduction.Sum);
        nll.backward();
        Tensor[] expected = [nll, exact.X.grad!, exact.Norm.grad!, exact.Head.grad!];
        for (var i = 0; i < ours.Length; i++)
            RelativeError(ours[i].to(ScalarType.Float64), expected[i]).ShouldBeInRange(0, tolerance, $"result {i}");
    }

    private static Tensor[] Run(Precision precision, int tokens, int dim, int vocabulary, double scale = 1.0, double asked = 1.0)
    {
        var c = new Case(tokens, dim, vocabulary);
        var nll = Loss(c, precision, scale);
        (nll * asked).backward();
        return [nll, c.X.grad!, c.Norm.grad!, c.Head.grad!];
    }

    private static Tensor Loss(Case c, Precision precision, double scale)
    {
        using var packed = new PackedWeight(c.Head, precision);
        packed.Refresh();
        return FusedOperators.HeadLoss(c.X, c.Norm, c.Head, packed, c.Targets, scale, Epsilon);
    }

    private static double RelativeError(Tensor a, Tensor b) => (a - b).norm().item<double>() / b.norm().item<double>();

    private sealed class Case
    {
        public Case(int tokens, int dim, int vocabulary, ScalarType type = ScalarType.Float32)
        {
            using var generator = new Generator(seed: 5);
            Tensor Random(params long[] shape) => torch.randn(shape, generator: generator).to(type);
            (X, Norm, Head) = (Random(tokens, dim).requires_grad_(), (Random(dim) + 1.0).requires_grad_(), Random(vocabulary, dim).requires_grad_());
            Targets = torch.arange(tokens, dtype: ScalarType.Int64).mul(7).remainder(vocabulary);
            if (tokens > 1)
                Targets.narrow(0, tokens / 2, 1).fill_(TrainingBatch.Ignored);
        }

        public Tensor X { get; }

        public Tensor Norm { get; }

        public Tensor Head { get; }

        public Tensor Targets { get; }
    }
}
