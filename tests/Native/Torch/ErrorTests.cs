using ExpertDivergence.Torch;
using Shouldly;
using Xunit;
using static ExpertDivergence.Torch.torch;

namespace ExpertDivergence.Tests.Native.Torch;

public sealed class ErrorTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_matmul_of_shapes_that_do_not_fit_tells_both_shapes()
    {
        var error = Should.Throw<NativeException>(() => zeros(2, 3).mm(zeros(4, 5)));
        error.Operation.ShouldBe("aten::mm");
        error.Message.ShouldContain("2x3");
        error.Message.ShouldContain("4x5");
        error.Message.ShouldNotContain("frame #");
        error.Remedy.ShouldNotBeEmpty();
    }

    [Fact]
    public void An_index_out_of_range_is_refused() =>
        Should.Throw<NativeException>(() => zeros(2, 3).index_select(0, tensor([5L]))).Message.ShouldContain("out of range");

    [Fact]
    public void A_token_outside_the_vocabulary_is_refused() =>
        Should.Throw<NativeException>(() => nn.functional.embedding(tensor([7L]), zeros(4, 2))).Message.ShouldContain("index out of range");

    [Fact]
    public void A_target_outside_the_classes_is_refused() =>
        Should.Throw<NativeException>(() => nn.functional.cross_entropy(zeros(1, 3), tensor([3L]))).Message.ShouldContain("out of bounds");

    [Fact]
    public void A_request_beyond_the_memory_is_refused_as_such()
    {
        var error = Should.Throw<NativeException>(() => zeros([1_000_000_000_000_000]));
        error.IsOutOfMemory.ShouldBeTrue();
        error.Message.ShouldContain("memory");
    }

    [Fact]
    public void Backward_without_a_gradient_graph_is_refused() =>
        Should.Throw<NativeException>(() => ones(1).sum().backward()).Message.ShouldContain("does not require grad");

    [Fact]
    public void A_second_backward_through_a_freed_graph_is_refused()
    {
        var x = ones([2], requires_grad: true);
        var y = (x * x).sum();
        y.backward();
        Should.Throw<NativeException>(() => y.backward()).Message.ShouldContain("second time");
    }

    [Fact]
    public void A_missing_operator_is_a_probe_and_an_error_with_its_name()
    {
        HasOperator("aten::mm").ShouldBeTrue();
        HasOperator("aten::add.Tensor").ShouldBeTrue();
        HasOperator("aten::no_such_operator").ShouldBeFalse();
        Should.Throw<NativeException>(() => new Operator("aten::no_such_operator").Call(ones(1))).Message.ShouldContain("aten::no_such_operator");
    }

    [Fact]
    public void An_argument_of_the_wrong_kind_is_refused() => Should.Throw<NativeException>(() => new Operator("aten::mm").Call(1.5, true));

    [Fact]
    public void Too_few_or_too_many_arguments_are_refused()
    {
        Should.Throw<NativeException>(() => new Operator("aten::mm").Call(ones(1, 1))).Message.ShouldContain("no default");
        Should.Throw<NativeException>(() => new Operator("aten::mm").Call(ones(1, 1), ones(1, 1), 1L)).Message.ShouldContain("takes 2 arguments");
    }

    [Fact]
    public void Fewer_than_one_thread_is_refused() => Should.Throw<NativeException>(() => set_num_threads(0));

    [Fact]
    public void Sizes_that_do_not_hold_the_data_are_refused() =>
        Should.Throw<DimensionException>(() => tensor([1f, 2f, 3f], [2, 2])).Message.ShouldContain("[2, 2]");

    [Fact]
    public void Item_of_several_elements_is_refused() => Should.Throw<NativeException>(() => ones(3).item<float>());

    [Fact]
    public void Data_of_another_type_or_layout_is_refused()
    {
        Should.Throw<DataAccessException>(() => { _ = ones(2).data<double>(); }).Message.ShouldContain("Float64");
        Should.Throw<DataAccessException>(() => { _ = ones(2, 3).t().data<float>(); }).Message.ShouldContain("densely");
    }

    [Fact]
    public void The_process_goes_on_after_many_errors()
    {
        var a = zeros(2, 3);
        for (var i = 0; i < 1000; i++) Should.Throw<NativeException>(() => a.mm(a));
        a.sum().item<float>().ShouldBe(0);
    }
}
