using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

public static partial class torch
{
    /// <summary>Begins a stretch in which this thread's operators on a kind of device cast their operands as PyTorch's autocast does: products
    /// in <paramref name="dtype"/>, what needs the range in Float32. It ends with the returned object; a backward pass belongs after it.</summary>
    /// <remarks>The casts of leaves are kept until the outermost stretch ends, so that a weight is cast once in a pass.</remarks>
    /// <param name="device_type">The kind of device.</param>
    /// <param name="dtype">What products are computed in.</param>
    /// <param name="enabled">False: operators take their operands as they are, inside another stretch too.</param>
    public static IDisposable autocast(DeviceType device_type, ScalarType dtype = ScalarType.BFloat16, bool enabled = true) =>
        new Autocast(device_type, dtype, enabled);

    /// <summary>Whether this thread's operators on a kind of device cast their operands.</summary>
    public static bool is_autocast_enabled(DeviceType device_type) => NativeMethods.edl_autocast_is_on((int)device_type) != 0;

    private sealed unsafe class Autocast : IDisposable
    {
        private readonly DeviceType _device;
        private readonly int _before;

        public Autocast(DeviceType device, ScalarType type, bool enabled)
        {
            _device = device;
            int before;
            NativeException.ThrowIfFailed(NativeMethods.edl_autocast_enter((int)device, (int)type, enabled ? 1 : 0, &before), nameof(autocast));
            _before = before;
        }

        public void Dispose() => NativeException.ThrowIfFailed(NativeMethods.edl_autocast_leave((int)_device, _before), nameof(autocast));
    }
}
