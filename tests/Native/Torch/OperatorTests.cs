using ExpertDivergence.Torch;
using Shouldly;
using Xunit;
using static ExpertDivergence.Torch.torch;

namespace ExpertDivergence.Tests.Native.Torch;

public sealed class OperatorTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _m = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });

    public void Dispose() => _scope.Dispose();

    private static void Expect(Tensor actual, long[] shape, params float[] values)
    {
        actual.shape.ShouldBe(shape);
        var found = actual.@float().ToArray<float>();
        found.Length.ShouldBe(values.Length);
        for (var i = 0; i < values.Length; i++) found[i].ShouldBe(values[i], 1e-5f);
    }

    [Fact]
    public void Products()
    {
        Expect(_m.mm(_m.t()), [2, 2], 14, 32, 32, 77);
        Expect(_m.matmul(tensor([1f, 0, -1])), [2], -2, -2);
        Expect(_m.unsqueeze(0).bmm(_m.t().unsqueeze(0)), [1, 2, 2], 14, 32, 32, 77);
        Expect(tensor([1f, 2]).outer(tensor([3f, 4])), [2, 2], 3, 4, 6, 8);
        Expect(tensor([1f, 2]).dot(tensor([3f, 4])), [], 11);
        Expect(ones(2, 2).addmm(_m, _m.t(), beta: 2, alpha: 0.5f), [2, 2], 9, 18, 18, 40.5f);
        Expect(ones([1, 2, 2]).baddbmm(_m.unsqueeze(0), _m.t().unsqueeze(0)), [1, 2, 2], 15, 33, 33, 78);
        Expect(nn.functional.linear(_m, ones(1, 3), tensor([1f])), [2, 1], 7, 16);
        Expect(einsum("ij,kj->ik", _m, _m), [2, 2], 14, 32, 32, 77);
    }

    [Fact]
    public void Arithmetic_with_numbers_on_either_side()
    {
        var x = tensor([1f, 2]);
        Expect(x + 1, [2], 2, 3);
        Expect(1 + x, [2], 2, 3);
        Expect(x - 1, [2], 0, 1);
        Expect(1 - x, [2], 0, -1);
        Expect(x * 2.5, [2], 2.5f, 5);
        Expect(2 * x, [2], 2, 4);
        Expect(x / 2, [2], 0.5f, 1);
        Expect(1 / x, [2], 1, 0.5f);
        Expect(-x, [2], -1, -2);
        Expect(x + x * x - x / x, [2], 1, 5);
        Expect(x.add(x, alpha: 3), [2], 4, 8);
        Expect(tensor([7L, -7]).floor_divide(2), [2], 3, -4);
        Expect(x.pow(3), [2], 1, 8);
    }

    [Fact]
    public void In_place_operators_return_the_same_object()
    {
        var x = tensor([1f, 2]);
        x.add_(1).ShouldBeSameAs(x);
        Expect(x.mul_(2), [2], 4, 6);
        Expect(x.addcmul_(x, x, value: -0.5), [2], -4, -12);
        Expect(x.addcdiv_(x, x, value: 2), [2], -2, -10);
        Expect(x.lerp_(zeros(2), 0.5), [2], -1, -5);
        Expect(x.copy_(tensor([3L, 4])), [2], 3, 4);
        Expect(x.fill_(7), [2], 7, 7);
        Expect(x.zero_(), [2], 0, 0);
    }

    [Fact]
    public void Shapes()
    {
        Expect(_m.view(3, 2), [3, 2], 1, 2, 3, 4, 5, 6);
        Expect(_m.transpose(0, 1).reshape(-1), [6], 1, 4, 2, 5, 3, 6);
        Expect(_m.unsqueeze(0).permute(2, 0, 1), [3, 1, 2], 1, 4, 2, 5, 3, 6);
        Expect(_m.unsqueeze(1).squeeze(1), [2, 3], 1, 2, 3, 4, 5, 6);
        Expect(_m.select(1, 2), [2], 3, 6);
        Expect(_m.slice(1, 1, 3), [2, 2], 2, 3, 5, 6);
        Expect(_m.narrow(0, 1, 1), [1, 3], 4, 5, 6);
        Expect(tensor([1f, 2]).unsqueeze(1).expand(2, 2), [2, 2], 1, 1, 2, 2);
        Expect(tensor([1f, 2]).repeat_interleave(2), [4], 1, 1, 2, 2);
        Expect(tensor([1f, 2]).repeat_interleave(tensor([2L, 1])), [3], 1, 1, 2);
        Expect(cat([_m, _m], 1).slice(1, 2, 4), [2, 2], 3, 1, 6, 4);
        Expect(stack([tensor([1f]), tensor([2f])]), [2, 1], 1, 2);
        Expect(_m.split([1, 2], 1)[1], [2, 2], 2, 3, 5, 6);
        Expect(_m.chunk(3, 1)[2], [2, 1], 3, 6);
        Expect(_m.unbind(0)[1], [3], 4, 5, 6);
        Expect(ones(2, 2).triu(1), [2, 2], 0, 1, 0, 0);
        Expect(_m[1, 2], [], 6);
        _m.size(-1).ShouldBe(3);
        _m.stride().ShouldBe([3, 1]);
        _m.t().is_contiguous().ShouldBeFalse();
    }

    [Fact]
    public void Reading_and_writing_by_index()
    {
        Expect(_m.index_select(1, tensor([2L, 0])), [2, 2], 3, 1, 6, 4);
        Expect(_m.gather(1, tensor(new long[,] { { 0 }, { 2 } })), [2, 1], 1, 6);
        Expect(_m.index(null, tensor([1L])), [2, 1], 2, 5);
        Expect(_m[tensor([1L, 0]), tensor([0L, 2])], [2], 4, 3);
        Expect(_m[_m > 4], [2], 5, 6);
        Expect(zeros(3).index_add(0, tensor([1L, 1]), ones(2)), [3], 0, 2, 0);
        Expect(zeros(2, 2).scatter_add(1, tensor(new long[,] { { 1 }, { 0 } }), ones(2, 1)), [2, 2], 0, 1, 1, 0);
        Expect(zeros(1, 3).scatter_(1, tensor(new long[,] { { 2 } }), 5), [1, 3], 0, 0, 5);
        Expect(zeros(3).index_put_(tensor([1f, 2]), [tensor([0L, 0])], accumulate: true), [3], 3, 0, 0);
        Expect(_m.masked_fill(_m.eq(2), -1), [2, 3], 1, -1, 3, 4, 5, 6);
        Expect(where(_m > 3, _m, zeros_like(_m)), [2, 3], 0, 0, 0, 4, 5, 6);
        Expect(nn.functional.embedding(tensor([1L, 0]), _m), [2, 3], 4, 5, 6, 1, 2, 3);
        Expect(nn.functional.one_hot(tensor([2L, 0]), 3), [2, 3], 0, 0, 1, 1, 0, 0);
    }

    [Fact]
    public void Reductions()
    {
        Expect(_m.sum(), [], 21);
        Expect(_m.sum(0), [3], 5, 7, 9);
        Expect(_m.sum([0, 1], keepdim: true), [1, 1], 21);
        Expect(_m.mean(1), [2], 2, 5);
        Expect(_m.mean(-1, keepdim: true), [2, 1], 2, 5);
        Expect(_m.var(1), [2], 1, 1);
        Expect(_m.var(1, unbiased: false), [2], 2 / 3f, 2 / 3f);
        Expect(_m.max(), [], 6);
        Expect(_m.max(1).indexes, [2], 2, 2);
        Expect(_m.amax(0), [3], 4, 5, 6);
        Expect(_m.argmax(1), [2], 2, 2);
        Expect(_m.argmax(), [], 5);
        Expect(tensor([3f, 4]).norm(), [], 5);
        Expect(_m.cumsum(1), [2, 3], 1, 3, 6, 4, 9, 15);
        Expect(tensor([0L, 2, 2]).bincount(minlength: 4), [4], 1, 0, 2, 0);
        (_m > 0).all().item<bool>().ShouldBeTrue();
        (_m > 6).any().item<bool>().ShouldBeFalse();
        _m.equal(_m.clone()).ShouldBeTrue();
        _m.allclose(_m + 1).ShouldBeFalse();
    }

    [Fact]
    public void Orders()
    {
        var x = tensor([2f, 1, 2, 3]);
        var (values, indices) = x.topk(2);
        Expect(values, [2], 3, 2);
        indices[0].item<long>().ShouldBe(3);
        Expect(x.argsort(), [4], 1, 0, 2, 3);
        Expect(x.argsort(descending: true), [4], 3, 0, 2, 1);
        Expect(x.sort(descending: true, stable: true).Values, [4], 3, 2, 2, 1);
    }

    [Fact]
    public void Functions_of_each_element()
    {
        var x = tensor([-1f, 0, 2]);
        Expect(x.relu(), [3], 0, 0, 2);
        Expect(x.silu(), [3], -0.2689414f, 0, 1.7615942f);
        Expect(x.sigmoid(), [3], 0.2689414f, 0.5f, 0.8807970f);
        Expect(x.exp().log(), [3], -1, 0, 2);
        Expect(x.tanh(), [3], -0.7615942f, 0, 0.9640276f);
        Expect(x.abs().sqrt(), [3], 1, 0, 1.4142135f);
        Expect(tensor([4f]).rsqrt(), [1], 0.5f);
        Expect(x.sign(), [3], -1, 0, 1);
        Expect(x.clamp(-0.5, 1), [3], -0.5f, 0, 1);
        Expect(x.clamp_min(0), [3], 0, 0, 2);
        Expect(x.clamp(max: 1), [3], -1, 0, 1);
        Expect(x.eq(0), [3], 0, 1, 0);
        Expect(tensor([1f, float.NaN, float.PositiveInfinity]).isfinite(), [3], 1, 0, 0);
    }

    [Fact]
    public void Softmax_and_cross_entropy()
    {
        var logits = tensor(new float[,] { { 0, MathF.Log(3) }, { 0, 0 } });
        Expect(logits.softmax(-1), [2, 2], 0.25f, 0.75f, 0.5f, 0.5f);
        Expect(logits.logsumexp(1), [2], MathF.Log(4), MathF.Log(2));
        var targets = tensor([1L, 0]);
        Expect(nn.functional.cross_entropy(logits, targets, reduction: nn.Reduction.None), [2], -MathF.Log(0.75f), MathF.Log(2));
        Expect(nn.functional.cross_entropy(logits, targets), [], (MathF.Log(2) - MathF.Log(0.75f)) / 2);
        Expect(nn.functional.cross_entropy(logits, tensor([1L, -100])), [], -MathF.Log(0.75f));
        Expect(nn.functional.nll_loss(logits.log_softmax(-1), targets), [], (MathF.Log(2) - MathF.Log(0.75f)) / 2);
    }

    [Fact]
    public void Factories()
    {
        Expect(arange(3), [3], 0, 1, 2);
        arange(3).dtype.ShouldBe(int64);
        Expect(arange(1, 2, 0.5), [2], 1, 1.5f);
        Expect(full([2], 3), [2], 3, 3);
        Expect(full([1], 3.5, dtype: bfloat16), [1], 3.5f);
        Expect(eye(2), [2, 2], 1, 0, 0, 1);
        Expect(linspace(0, 1, 3), [3], 0, 0.5f, 1);
        Expect(tensor(2.5), [], 2.5f);
        Expect(tensor([1.5, 2], dtype: float32), [2], 1.5f, 2);
        tensor([1.5]).dtype.ShouldBe(float64);
        Expect(from_bytes([0x80, 0x3f], [1], bfloat16), [1], 1);
        Expect(zeros([0, 3]), [0, 3]);
        ones([2], requires_grad: true).requires_grad.ShouldBeTrue();
    }

    [Fact]
    public void Data_types_and_data()
    {
        var x = tensor([1.5f, -2]);
        x.to(bfloat16).dtype.ShouldBe(bfloat16);
        x.to(bfloat16).ToArray<float>().ShouldBe([1.5f, -2]);
        x.@double().ToArray<double>().ShouldBe([1.5, -2]);
        x.data<float>()[1] = 4;
        x.ToArray<float>().ShouldBe([1.5f, 4]);
        _m.t().ToArray<float>().ShouldBe([1, 4, 2, 5, 3, 6]);
        x.device.ShouldBe(CPU);
        x.ToString().ShouldBe("Float32[2] cpu");
        tensor([3L]).item<int>().ShouldBe(3);
        tensor([true]).item<bool>().ShouldBeTrue();
    }

    [Fact]
    public void A_seeded_generator_repeats_itself_and_leaves_the_default_one_alone()
    {
        using Generator a = new(7), b = new(7), c = new(8);
        var first = randn([5], generator: a);
        first.equal(randn([5], generator: b)).ShouldBeTrue();
        first.equal(randn([5], generator: a)).ShouldBeFalse();
        first.equal(randn([5], generator: c)).ShouldBeFalse();
        randint(0, 10, [100], generator: a).max().item<long>().ShouldBeLessThan(10);
        randperm(10, generator: a).sum().item<long>().ShouldBe(45);
    }
}
