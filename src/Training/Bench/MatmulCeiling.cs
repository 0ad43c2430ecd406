using System.Diagnostics;
using ExpertDivergence.Torch;

namespace ExpertDivergence.Training.Bench;

/// <summary>How fast this machine multiplies matrices at best: libtorch's own product in bfloat16.</summary>
public static class MatmulCeiling
{
    private static readonly (long M, long K, long N)[] s_shapes = [(512, 512, 512), (1024, 1024, 1024), (2048, 1024, 1024), (2048, 256, 4096)];

    // Whose launch takes no time beside them, and which fill a GPU.
    private static readonly (long M, long K, long N)[] s_largeShapes = [(4096, 4096, 4096), (8192, 8192, 8192), (16384, 2048, 8192)];

    /// <summary>The median over a few products of the size that comes out fastest, in 10⁹ floating-point operations a second.</summary>
    /// <param name="threads">Native threads.</param>
    /// <param name="device">Where.</param>
    public static double Measure(int threads, Device device)
    {
        using var thread = new TorchThread("ceiling");
        return thread.Run(() =>
        {
            torch.set_num_threads(threads);
            return (device.type == DeviceType.CUDA ? s_largeShapes : s_shapes).Max(shape => Rate(shape, ScalarType.BFloat16, device));
        });
    }

    private static double Rate((long M, long K, long N) shape, ScalarType type, Device device)
    {
        using var scope = torch.NewDisposeScope();
        var (a, b) = (torch.randn([shape.M, shape.K], type, device), torch.randn([shape.K, shape.N], type, device));
        var flops = 2.0 * shape.M * shape.K * shape.N;
        var repeats = (int)Math.Max(1, (device.type == DeviceType.CUDA ? 2e13 : 2e9) / flops);
        var rates = new double[9];
        for (var run = -2; run < rates.Length; run++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < repeats; i++)
                torch.mm(a, b).Dispose();
            torch.cuda.synchronize(device);
            if (run >= 0)
                rates[run] = flops * repeats / clock.Elapsed.TotalSeconds / 1e9;
        }

        Array.Sort(rates);
        return rates[rates.Length / 2];
    }
}
