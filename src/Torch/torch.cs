using System.Runtime.InteropServices;
using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

/// <summary>The functions of libtorch under their own names; spelling follows TorchSharp.</summary>
public static partial class torch
{
    /// <summary>The host.</summary>
    public static Device CPU => new(DeviceType.CPU);

    /// <summary>The current GPU.</summary>
    public static Device CUDA => new(DeviceType.CUDA);

    /// <summary>Reads <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public static Device device(string description) => Device.Parse(description);

    /// <summary>IEEE 754 binary32.</summary>
    public const ScalarType float32 = ScalarType.Float32;

    /// <summary>IEEE 754 binary64.</summary>
    public const ScalarType float64 = ScalarType.Float64;

    /// <summary>The upper half of a binary32.</summary>
    public const ScalarType bfloat16 = ScalarType.BFloat16;

    /// <summary>Signed, 64 bits.</summary>
    public const ScalarType int64 = ScalarType.Int64;

    /// <summary>Signed, 32 bits.</summary>
    public const ScalarType int32 = ScalarType.Int32;

    /// <summary>The version of libtorch, for example <c>1.13.1</c>.</summary>
    public static unsafe string Version => Marshal.PtrToStringUTF8((nint)NativeMethods.edl_torch_version())!;

    /// <summary>The vector instructions that libtorch's kernels use here, for example <c>AVX2</c>; empty where it does not tell.</summary>
    public static unsafe string CpuCapability => Marshal.PtrToStringUTF8((nint)NativeMethods.edl_cpu_capability())!;

    /// <summary>How many references to tensors are held by C# now, over all threads.</summary>
    public static long LiveTensors => NativeMethods.edl_live_tensors();

    /// <summary>Whether the libtorch at hand has an operator.</summary>
    /// <param name="name">Its schema name, for example <c>aten::_grouped_mm</c> or <c>aten::add.Tensor</c>.</param>
    public static bool HasOperator(string name) => new Operator(name).Exists;

    /// <summary>Begins a scope that frees every tensor which this thread makes inside it and does not move out.</summary>
    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Begins a stretch of this thread that records no history; it ends with the returned object.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    /// <summary>Begins a stretch of this thread that records history; it ends with the returned object.</summary>
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    /// <summary>Whether this thread records history.</summary>
    public static bool is_grad_enabled() => NativeMethods.edl_grad_enabled() != 0;

    /// <summary>Sets how many threads an operator may use, on the calling thread and on every thread that has not called libtorch yet.</summary>
    /// <exception cref="NativeException">The number is below 1.</exception>
    public static void set_num_threads(int num_threads) =>
        NativeException.ThrowIfFailed(NativeMethods.edl_set_num_threads(num_threads), nameof(set_num_threads));

    /// <summary>How many threads an operator may use.</summary>
    public static int get_num_threads() => NativeMethods.edl_get_num_threads();

    /// <summary>Seeds the default generators of all devices.</summary>
    public static void manual_seed(long seed) => NativeException.ThrowIfFailed(NativeMethods.edl_manual_seed((ulong)seed), nameof(manual_seed));

    /// <summary>Sets whether only operators that give the same bytes every time may run; others are then refused.</summary>
    public static void use_deterministic_algorithms(bool mode) =>
        NativeException.ThrowIfFailed(NativeMethods.edl_set_deterministic(mode ? 1 : 0), nameof(use_deterministic_algorithms));

    /// <summary>The GPUs.</summary>
    public static class cuda
    {
        /// <summary>Whether this libtorch has its CUDA part.</summary>
        public static bool is_built => NativeMethods.edl_cuda_is_built() != 0;

        /// <summary>Whether this libtorch and this machine have one.</summary>
        public static bool is_available() => device_count() > 0;

        /// <summary>How many there are.</summary>
        public static int device_count() => NativeMethods.edl_cuda_device_count();

        /// <summary>Waits until a GPU has done all that it was given.</summary>
        /// <exception cref="NativeException">There is no such GPU.</exception>
        public static void synchronize(int index = 0) =>
            NativeException.ThrowIfFailed(NativeMethods.edl_cuda_synchronize(index), "cuda.synchronize");

        /// <summary>Waits until a device has done all that it was given; the host always has.</summary>
        /// <exception cref="NativeException">There is no such GPU.</exception>
        public static void synchronize(Device device)
        {
            if (device.type == DeviceType.CUDA)
                synchronize(Math.Max(device.index, 0));
        }
    }

    private sealed class GradMode : IDisposable
    {
        private readonly int _before = NativeMethods.edl_grad_enabled();

        public GradMode(bool on) => NativeMethods.edl_set_grad_enabled(on ? 1 : 0);

        public void Dispose() => NativeMethods.edl_set_grad_enabled(_before);
    }
}
