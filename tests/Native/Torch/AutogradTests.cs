using ExpertDivergence.Torch;
using Shouldly;
using Xunit;
using static ExpertDivergence.Torch.torch;

namespace ExpertDivergence.Tests.Native.Torch;

public sealed class AutogradTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_gradient_of_an_expression_agrees_with_differences()
    {
        using Generator generator = new(1);
        var input = randn([3, 4], float64, generator: generator);
        var weight = randn([4, 4], float64, generator: generator);
        Tensor Loss(Tensor w)
        {
            var hidden = input.mm(w);
            var normed = hidden * (hidden.pow(2).mean(-1, keepdim: true) + 1e-6).rsqrt();
            return (normed.silu().log_softmax(-1) * hidden.softmax(-1)).sum();
        }

        var w = nn.Parameter(weight);
        Loss(w).backward();
        var gradient = w.grad!.ToArray<double>();

        const double step = 1e-6;
        for (var i = 0; i < gradient.Length; i++)
        {
            using var inner = NewDisposeScope();
            Tensor up = weight.clone(), down = weight.clone();
            up.data<double>()[i] += step;
            down.data<double>()[i] -= step;
            var difference = (Loss(up).item<double>() - Loss(down).item<double>()) / (2 * step);
            gradient[i].ShouldBe(difference, 1e-7);
        }
        w.Dispose();
    }

    [Fact]
    public void Gradients_add_up_until_they_are_dropped()
    {
        var x = ones([2], requires_grad: true);
        (x * 3).sum().backward();
        (x * 3).sum().backward();
        x.grad!.ToArray<float>().ShouldBe([6, 6]);
        x.grad = null;
        x.grad.ShouldBeNull();
        x.grad = ones(2);
        x.grad!.ToArray<float>().ShouldBe([1, 1]);
    }

    [Fact]
    public void Backward_takes_a_gradient_and_keeps_the_graph_when_told()
    {
        var x = ones([2], requires_grad: true);
        var y = x * x;
        y.backward(tensor([1f, 10f]), retain_graph: true);
        x.grad!.ToArray<float>().ShouldBe([2, 20]);
        y.backward(tensor([1f, 1f]));
        x.grad!.ToArray<float>().ShouldBe([4, 22]);
    }

    [Fact]
    public void Inside_no_grad_nothing_is_recorded_and_afterwards_it_is_again()
    {
        var x = ones([2], requires_grad: true);
        using (no_grad())
        {
            is_grad_enabled().ShouldBeFalse();
            (x * 2).requires_grad.ShouldBeFalse();
            using (enable_grad()) (x * 2).requires_grad.ShouldBeTrue();
            is_grad_enabled().ShouldBeFalse();
        }
        (x * 2).requires_grad.ShouldBeTrue();
        (x * 2).detach().requires_grad.ShouldBeFalse();
    }
}
