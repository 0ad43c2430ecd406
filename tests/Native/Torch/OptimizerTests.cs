using ExpertDivergence.Torch;
using Shouldly;
using Xunit;
using static ExpertDivergence.Torch.torch;

namespace ExpertDivergence.Tests.Native.Torch;

public sealed class OptimizerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void One_step_by_hand()
    {
        Tensor p = tensor([1f]), g = tensor([0.5f]), m = zeros(1), v = zeros(1);
        optim.adamw_([p], [g], [m], [v], 1, new(Lr: 0.1, Beta1: 0.9, Beta2: 0.99, Eps: 0, WeightDecay: 0.5));
        m.item<float>().ShouldBe(0.05f, 1e-7f);
        v.item<float>().ShouldBe(0.0025f, 1e-8f);
        // m / bc1 = 0.5 and sqrt(v / bc2) = 0.5, so the step is lr; the decay takes 0.05 of the weight.
        p.item<float>().ShouldBe(0.95f - 0.1f, 1e-6f);
    }

    // libtorch's own is for GPUs; newer releases have it for the host too.
    public static TheoryData<bool, bool> Steps => System.Version.Parse(torch.Version.Split('+', 'a', 'r')[0]) >= new System.Version(2, 4)
        ? new() { { false, false }, { false, true }, { true, false }, { true, true } }
        : new() { { false, false }, { false, true } };

    [Theory]
    [MemberData(nameof(Steps))]
    public void The_fused_step_agrees_with_the_composite(bool libtorch, bool scaled)
    {
        using Generator generator = new(3);
        long[][] shapes = [[5], [3, 7], [200, 300]];
        Tensor[] Draw() => [.. shapes.Select(shape => randn(shape, generator: generator))];
        Tensor[] Copy(Tensor[] tensors) => [.. tensors.Select(tensor => tensor.clone())];
        var p = Draw();
        Tensor[] m = [.. p.Select(x => zeros_like(x))], v = [.. p.Select(x => zeros_like(x))];
        Tensor[] p2 = Copy(p), m2 = Copy(m), v2 = Copy(v);
        var scale = scaled ? tensor(0.25f) : null;
        var options = new AdamWOptions(Lr: 0.01, WeightDecay: 0.1);
        for (var step = 1; step <= 5; step++)
        {
            var g = Draw();
            Tensor[] g1 = Copy(g);
            if (libtorch)
                adamw_fused_.Step(p, g1, m, v, step, options, scale);
            else
                optim.adamw_(p, g1, m, v, step, options, scale);
            optim.adamw_composite_(p2, g, m2, v2, step, options, scale);
        }
        for (var i = 0; i < p.Length; i++)
        {
            p[i].allclose(p2[i], rtol: 1e-5, atol: 1e-6).ShouldBeTrue();
            m[i].allclose(m2[i], rtol: 1e-5, atol: 1e-6).ShouldBeTrue();
            v[i].allclose(v2[i], rtol: 1e-5, atol: 1e-6).ShouldBeTrue();
        }
        p[2].allclose(randn([200, 300], generator: generator)).ShouldBeFalse();
    }

    [Fact]
    public void The_fused_step_gives_the_same_bytes_with_one_thread_and_with_two()
    {
        using var thread = new TorchThread();
        float[] Run(int threads) => thread.Run(() =>
        {
            using var scope = NewDisposeScope();
            using Generator generator = new(5);
            set_num_threads(threads);
            Tensor p = randn([100_003], generator: generator), g = randn([100_003], generator: generator);
            Tensor m = zeros_like(p), v = zeros_like(p);
            for (var step = 1; step <= 3; step++) optim.adamw_([p], [g], [m], [v], step, new());
            return p.ToArray<float>();
        });
        Run(2).ShouldBe(Run(1));
    }

    [Fact]
    public void Lists_that_do_not_fit_are_refused()
    {
        var p = ones(2);
        Should.Throw<NativeException>(() => optim.adamw_([p], [], [p], [p], 1, new())).Message.ShouldContain("differ in length");
        Should.Throw<NativeException>(() => optim.adamw_([p], [ones(3)], [p], [p], 1, new())).Message.ShouldContain("sizes");
        Should.Throw<NativeException>(() => optim.adamw_([p], [ones(2)], [p], [p], 0, new())).Message.ShouldContain("from 1");
    }

    [Fact]
    public void Gradients_above_the_norm_are_scaled_down_together_and_others_left()
    {
        Tensor a = ones([1], requires_grad: true), b = ones([1], requires_grad: true), none = ones([1], requires_grad: true);
        (3 * a + 4 * b).sum().backward();
        nn.utils.clip_grad_norm_([a, b, none], 10).item<float>().ShouldBe(5, 1e-5f);
        a.grad!.item<float>().ShouldBe(3);
        nn.utils.clip_grad_norm_([a, b, none], 1).item<float>().ShouldBe(5, 1e-5f);
        a.grad!.item<float>().ShouldBe(0.6f, 1e-5f);
        b.grad!.item<float>().ShouldBe(0.8f, 1e-5f);
        nn.utils.get_total_norm([a, b, none]).item<float>().ShouldBe(1, 1e-5f);
        nn.utils.get_total_norm([none]).item<float>().ShouldBe(0);
    }
}
