using ExpertDivergence.Torch;
using Shouldly;

namespace ExpertDivergence.Tests.Native.Torch;

/// <summary>Runs the same work with different numbers of native threads, and sets the number back.</summary>
internal static class ThreadCounts
{
    /// <summary>Holds the work's results with two numbers of threads against one another, bit for bit.</summary>
    /// <param name="work">Gives tensors in fp32.</param>
    /// <param name="threads">The second number; the first is 1.</param>
    public static void ShouldChangeNoBit(Func<IReadOnlyList<Tensor>> work, int threads = 3)
    {
        var runs = With([1, threads], () => work().Select(x => x.ToArray<float>()).ToArray());
        for (var i = 0; i < runs[0].Length; i++)
            runs[1][i].ShouldBe(runs[0][i], $"result {i}");
        runs[1].Length.ShouldBe(runs[0].Length);
    }

    /// <summary>The work's result with each number of threads.</summary>
    public static T[] With<T>(int[] threads, Func<T> work)
    {
        var before = torch.get_num_threads();
        try
        {
            return Array.ConvertAll(threads, count =>
            {
                torch.set_num_threads(count);
                return work();
            });
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }
}
