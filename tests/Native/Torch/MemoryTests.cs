using ExpertDivergence.Core;
using ExpertDivergence.Torch;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Native.Torch;

/// <summary>The memory of large tensors on the host, which the native library cuts from regions of its own.</summary>
public class MemoryTests
{
    [Fact]
    public void Tensors_made_and_freed_in_any_order_keep_their_own_contents()
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
                live.Add((torch.full([1 + (long)(random.NextDouble() * random.NextDouble() * 3e6)], i), i));
            }
        }

        foreach (var (tensor, value) in live)
        {
            RequireIntact(tensor, value);
            tensor.Dispose();
        }
    }

    private static void RequireIntact(Tensor tensor, int value)
    {
        using var scope = torch.NewDisposeScope();
        tensor.min().item<double>().ShouldBe(value);
        tensor.max().item<double>().ShouldBe(value);
    }
}
