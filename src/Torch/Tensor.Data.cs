using ExpertDivergence.Core;
using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

// The way between a tensor's elements and C#.
public sealed partial class Tensor
{
    /// <summary>The one element of a tensor that has one, converted to <typeparamref name="T"/>. Waits for the device.</summary>
    /// <exception cref="NativeException">It has more than one element, or none.</exception>
    public unsafe T item<T>() where T : unmanaged
    {
        Argument value;
        NativeException.ThrowIfFailed(NativeMethods.edl_tensor_item(Handle, &value), "item");
        if (typeof(T) == typeof(float)) return (T)(object)(float)value.ToDouble();
        if (typeof(T) == typeof(double)) return (T)(object)value.ToDouble();
        if (typeof(T) == typeof(long)) return (T)(object)value.ToInt64();
        if (typeof(T) == typeof(int)) return (T)(object)checked((int)value.ToInt64());
        if (typeof(T) == typeof(bool)) return (T)(object)(value.ToDouble() != 0);
        throw new ArgumentException($"item gives float, double, long, int or bool, not {typeof(T).Name}");
    }

    /// <summary>The one element as a float.</summary>
    public float ToSingle() => item<float>();

    /// <summary>The one element as a double.</summary>
    public double ToDouble() => item<double>();

    /// <summary>The one element as an integer.</summary>
    public long ToInt64() => item<long>();

    /// <summary>The one element as an integer.</summary>
    public int ToInt32() => item<int>();

    /// <summary>The one element as a truth value.</summary>
    public bool ToBoolean() => item<bool>();

    /// <summary>Its elements where they lie, to read and to write; valid while the tensor lives.</summary>
    /// <exception cref="DataAccessException">It is not on the host, not contiguous, or of another type
    /// (a <see langword="ushort"/> holds the bits of a BFloat16).</exception>
    public Span<T> data<T>() where T : unmanaged => Elements<T>(writes: true);

    // What was noted of a tensor's elements is forgotten when someone may write to them.
    private unsafe Span<T> Elements<T>(bool writes) where T : unmanaged
    {
        var info = Info;
        if (ScalarTypes.Of<T>() != (ScalarType)info.DataType) throw new DataAccessException(this, $"it is not of type {ScalarTypes.Of<T>()}");
        if (Device.Unpack(info.Device).type != DeviceType.CPU) throw new DataAccessException(this, "it is not on the host; call cpu() first");
        if (info.IsContiguous == 0) throw new DataAccessException(this, "its elements do not lie densely; call contiguous() first");
        void* pointer;
        NativeException.ThrowIfFailed(NativeMethods.edl_tensor_data(Handle, writes ? 1 : 0, &pointer), "data");
        return new Span<T>(pointer, checked((int)info.Numel));
    }

    /// <summary>A copy of its elements, wherever and however they lie, the last dimension fastest.</summary>
    /// <exception cref="DataAccessException">It is of another type; a BFloat16 or Float16 tensor also gives floats.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var source = typeof(T) == typeof(float) && dtype is ScalarType.BFloat16 or ScalarType.Float16
            ? to(ScalarType.Float32)
            : this;
        return source.cpu().contiguous().Elements<T>(writes: false).ToArray();
    }

    /// <summary>The bytes of its elements where they lie, of whatever type.</summary>
    /// <exception cref="DataAccessException">It is not on the host, not contiguous, or larger than a span can be.</exception>
    public unsafe Span<byte> bytes
    {
        get
        {
            var info = Info;
            if (Device.Unpack(info.Device).type != DeviceType.CPU) throw new DataAccessException(this, "it is not on the host; call cpu() first");
            if (info.IsContiguous == 0) throw new DataAccessException(this, "its elements do not lie densely; call contiguous() first");
            var length = info.Numel * ((ScalarType)info.DataType).ElementSize();
            if (length > int.MaxValue) throw new DataAccessException(this, "it is larger than 2 GiB; read it in slices");
            void* pointer;
            NativeException.ThrowIfFailed(NativeMethods.edl_tensor_data(Handle, 1, &pointer), "data");
            return new Span<byte>(pointer, (int)length);
        }
    }
}

/// <summary>A tensor's elements were asked for in a way that they do not lie in.</summary>
public sealed class DataAccessException(Tensor tensor, string reason)
    : EdlException($"the elements of {tensor} cannot be taken: {reason}", "Convert the tensor first: to(dtype), cpu(), contiguous().");
