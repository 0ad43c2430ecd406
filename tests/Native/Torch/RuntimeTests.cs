using ExpertDivergence.Core;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;
using static ExpertDivergence.Torch.torch;

namespace ExpertDivergence.Tests.Native.Torch;

public sealed class RuntimeTests
{
    [Fact]
    public void The_locator_finds_the_libtorch_that_the_build_took()
    {
        var found = LibtorchLocator.Find();
        found.ShouldNotBeNull();
        File.Exists(Path.Combine(found.LibraryFolder, "libtorch.so")).ShouldBeTrue();
        File.Exists(Path.Combine(found.IncludeFolder, "ATen", "ATen.h")).ShouldBeTrue();
        torch.Version.ShouldStartWith(found.Version);
    }

    [Fact]
    public void The_number_of_threads_is_what_was_set()
    {
        using var thread = new TorchThread();
        thread.Run(() =>
        {
            foreach (var threads in (int[])[2, 1, 2]) // one of them is not what it was
            {
                set_num_threads(threads);
                get_num_threads().ShouldBe(threads);
            }
        });
    }

    [Fact]
    public void Synchronizing_a_device_that_is_not_there_is_refused()
    {
        cuda.is_available().ShouldBe(cuda.device_count() > 0);
        Should.Throw<NativeException>(() => cuda.synchronize(cuda.device_count())).Message.ShouldContain("no CUDA device");
    }

    [Fact]
    public void Work_on_a_torch_thread_runs_there_in_order_and_its_errors_come_back()
    {
        using var thread = new TorchThread();
        var id = thread.Run(() => Environment.CurrentManagedThreadId);
        id.ShouldNotBe(Environment.CurrentManagedThreadId);
        thread.Run(() => thread.Run(() => Environment.CurrentManagedThreadId)).ShouldBe(id);
        Should.Throw<NativeException>(() => thread.Run(() =>
        {
            using var scope = NewDisposeScope();
            zeros(2, 3).mm(zeros(2, 3));
        }));
        thread.Run(() => Environment.CurrentManagedThreadId).ShouldBe(id);
    }

    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1)]
    [InlineData("cuda", DeviceType.CUDA, -1)]
    [InlineData("cuda:1", DeviceType.CUDA, 1)]
    public void A_device_is_read_from_its_name(string text, DeviceType type, int index)
    {
        var device = Device.Parse(text);
        device.ShouldBe(new Device(type, index));
        device.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("")]
    public void A_name_of_no_device_is_refused(string text) => Should.Throw<UsageException>(() => Device.Parse(text));
}
