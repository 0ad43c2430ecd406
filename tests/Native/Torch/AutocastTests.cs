using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Torch;

public sealed class AutocastTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly Tensor _a = torch.ones([4, 4]);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Products_are_cast_inside_and_not_outside()
    {
        torch.is_autocast_enabled(DeviceType.CPU).ShouldBeFalse();
        using (torch.autocast(DeviceType.CPU))
        {
            torch.is_autocast_enabled(DeviceType.CPU).ShouldBeTrue();
            torch.mm(_a, _a).dtype.ShouldBe(ScalarType.BFloat16);
            torch.bmm(_a.unsqueeze(0), _a.unsqueeze(0)).dtype.ShouldBe(ScalarType.BFloat16);
            torch.nn.functional.linear(_a, _a).dtype.ShouldBe(ScalarType.BFloat16);
            (_a + _a).dtype.ShouldBe(ScalarType.Float32);
        }

        torch.mm(_a, _a).dtype.ShouldBe(ScalarType.Float32);
    }

    [Fact]
    public void A_stretch_inside_another_can_switch_it_off_and_what_was_comes_back()
    {
        using (torch.autocast(DeviceType.CPU))
        {
            using (torch.autocast(DeviceType.CPU, enabled: false))
                torch.mm(_a, _a).dtype.ShouldBe(ScalarType.Float32);
            torch.mm(_a, _a).dtype.ShouldBe(ScalarType.BFloat16);
        }

        torch.is_autocast_enabled(DeviceType.CPU).ShouldBeFalse();
    }

    [Fact]
    public void Gradients_come_back_in_the_weights_own_type()
    {
        var weight = torch.nn.Parameter(torch.randn([4, 4]));
        Tensor loss;
        using (torch.autocast(DeviceType.CPU))
            loss = torch.nn.functional.linear(_a, weight).sum();
        loss.backward();
        weight.grad!.dtype.ShouldBe(ScalarType.Float32);
        weight.grad!.sum().item<double>().ShouldBe(64);
        weight.Dispose();
    }

    [Fact]
    public void Another_thread_is_not_concerned()
    {
        using var thread = new TorchThread();
        using (torch.autocast(DeviceType.CPU))
            thread.Run(() => torch.is_autocast_enabled(DeviceType.CPU)).ShouldBeFalse();
    }
}
