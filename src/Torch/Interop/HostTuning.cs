using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ExpertDivergence.Torch.Interop;

/// <summary>What libtorch and its parts read from the environment when they are loaded, set to what the host can do.</summary>
/// <remarks>Twice the tokens per second of a small model on an AVX-512 host, measured. What the user has set stays. The numbers of a
/// run depend on the instruction set, as they do without this: <see cref="torch.CpuCapability"/> tells it.</remarks>
internal static partial class HostTuning
{
    // malloc.h: parameters of mallopt.
    private const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3, ArenaMax = -8;

    /// <summary>Call before libtorch is loaded.</summary>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            if (Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported && Avx512F.VL.IsSupported)
            {
                // ATen has AVX-512 kernels and takes AVX2 unless asked; OpenBLAS takes AVX2 on every AMD core that it does not know by name.
                setenv("ATEN_CPU_CAPABILITY", "avx512", overwrite: 0);
                if (IsAmd())
                    setenv("OPENBLAS_CORETYPE", "SKYLAKEX", overwrite: 0);
            }

            // What c10d would print, an exception says.
            setenv("GLOG_minloglevel", "3", overwrite: 0);

            // By default every large tensor is mapped and unmapped anew: its pages fault at the first touch, which costs more than
            // most operators. One heap that keeps what was freed.
            mallopt(ArenaMax, 1);
            if (mallopt(MmapThreshold, 256 << 20) == 0)
                mallopt(MmapThreshold, 32 << 20); // older versions take no more
            mallopt(TrimThreshold, 1 << 30);
            mallopt(TopPad, 64 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library than glibc: slower, not wrong.
        }
    }

    private static bool IsAmd()
    {
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        return (b, d, c) == (0x68747541, 0x69746e65, 0x444d4163); // "Auth" "enti" "cAMD"
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
