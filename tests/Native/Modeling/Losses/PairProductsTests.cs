using ExpertDivergence.Modeling;
using ExpertDivergence.Tests.Native.Torch;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Modeling.Losses;

/// <summary>The native operator against its twin of libtorch's operators.</summary>
public class PairProductsTests
{
    [Theory]
    [InlineData(1, 1, 3, ScalarType.Float32)]
    [InlineData(700, 2, 64, ScalarType.Float32)]
    [InlineData(33, 4, 37, ScalarType.Float32)]
    [InlineData(33, 3, 48, ScalarType.Float64)]
    [InlineData(33, 3, 48, ScalarType.BFloat16)]
    [InlineData(0, 2, 8, ScalarType.Float32)]
    public void Values_and_gradients_are_its_twin_s(long tokens, long rows, long width, ScalarType type)
    {
        using var scope = torch.NewDisposeScope();
        var start = torch.tensor(LossCheck.Numbers((int)(tokens * rows * width), "rows"), [tokens, rows, width]).to(type);
        var weight = torch.tensor(LossCheck.Numbers((int)(tokens * rows * rows), "weights"), [tokens, rows, rows]);
        var (products, gradient) = Run(PairProducts.Of);
        var (expected, expectedGradient) = Run(PairProducts.Composite);
        products.dtype.ShouldBe(expected.dtype);
        gradient.dtype.ShouldBe(type);
        Largest(products - expected).ShouldBeInRange(0, 1e-5 * Math.Max(1.0, Largest(expected)));
        Largest(gradient - expectedGradient).ShouldBeInRange(0, (type == ScalarType.BFloat16 ? 2e-2 : 1e-5) * Math.Max(1.0, Largest(expectedGradient)));

        (Tensor Products, Tensor Gradient) Run(Func<Tensor, Tensor> of)
        {
            var x = start.detach().clone().requires_grad_(true);
            var result = of(x);
            (result * weight.to(result.dtype)).sum().backward();
            return (result, x.grad!);
        }
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        using var scope = torch.NewDisposeScope();
        var x = torch.tensor(LossCheck.Numbers(500 * 3 * 50, "threads"), [500, 3, 50]).to(ScalarType.Float32);
        ThreadCounts.ShouldChangeNoBit(() => [PairProducts.Of(x)], threads: 2);
    }

    private static double Largest(Tensor x) => x.numel() == 0 ? 0.0 : x.to(ScalarType.Float64).abs().max().item<double>();
}
