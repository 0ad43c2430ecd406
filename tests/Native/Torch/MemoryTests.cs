using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ExpertDivergence.Core;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Torch;

/// <summary>The memory of tensors on the host, which the native library cuts from regions of its own, or keeps by size.</summary>
public class MemoryTests
{
    [Theory]
    [InlineData(3e6)]
    [InlineData(4e4)]
    [InlineData(200)]
    public void Tensors_made_and_freed_in_any_order_keep_their_own_contents(double largest)
    {
        var random = new KeyedRandom(3, "memory");
        var live = new List<(Tensor Tensor, int Value)>();
        for (var i = 0; i < 400; i++)
        {
            if (live.Count > 0 && random.NextDouble() < 0.5)
            {
                var chosen = (int)(random.NextDouble() * live.Count);
                RequireIntact(live[chosen].Tensor, live[chosen].Value);
                live[chosen].Tensor.Dispose();
                live.RemoveAt(chosen);
            }
            else
            {
                live.Add((torch.full([1 + (long)(random.NextDouble() * random.NextDouble() * largest)], i), i));
            }
        }

        foreach (var (tensor, value) in live)
        {
            RequireIntact(tensor, value);
            tensor.Dispose();
        }
    }

    [Fact]
    public void Every_size_begins_at_a_cache_line_and_has_all_its_bytes()
    {
        using var scope = torch.NewDisposeScope();
        for (var bytes = 1L; bytes < 300_000; bytes += 1 + (bytes / 17))
        {
            Tensor first = torch.empty([bytes], ScalarType.Byte), second = torch.empty([bytes], ScalarType.Byte);
            first.fill_(1);
            second.fill_(2);
            first.min().item<long>().ShouldBe(1);
            first.max().item<long>().ShouldBe(1);
            var address = Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(first.data<byte>()));
            ((long)address % 64).ShouldBe(0);
        }
    }

    private static void RequireIntact(Tensor tensor, int value)
    {
        using var scope = torch.NewDisposeScope();
        tensor.min().item<double>().ShouldBe(value);
        tensor.max().item<double>().ShouldBe(value);
    }
}
