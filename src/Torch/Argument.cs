using System.Runtime.InteropServices;

namespace ExpertDivergence.Torch;

/// <summary>One tagged argument or result of an operator, as it lies in memory on both sides of the native boundary.</summary>
/// <remarks>Lists are borrowed: their memory must stay in place until the call returns, so they are made from pinned pointers.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct Argument
{
    internal enum Kind
    {
        None, Tensor, Int, Double, Bool, String, IntList, DoubleList, BoolList, TensorList, Device, Generator,
    }

    private readonly int _tag;
    private readonly int _length;
    private readonly long _payload;

    private Argument(Kind tag, long payload, int length = 0) => (_tag, _length, _payload) = ((int)tag, length, payload);

    /// <summary>An optional argument that is absent.</summary>
    public static Argument None => default;

    /// <summary>A list of integers: sizes, dimensions, strides.</summary>
    public static Argument Ints(long* pinned, int count) => new(Kind.IntList, (long)pinned, count);

    /// <summary>A list of floating-point numbers.</summary>
    public static Argument Doubles(double* pinned, int count) => new(Kind.DoubleList, (long)pinned, count);

    /// <summary>A list of truth values.</summary>
    public static Argument Bools(bool* pinned, int count) => new(Kind.BoolList, (long)pinned, count);

    /// <summary>A list of tensors by their handles (<see cref="Torch.Tensor.FillHandles"/>); a handle of 0 is None where the schema allows it.</summary>
    public static Argument Tensors(nint* pinned, int count) => new(Kind.TensorList, (long)pinned, count);

    /// <summary>A text in UTF-8.</summary>
    public static Argument Text(byte* pinned, int count) => new(Kind.String, (long)pinned, count);

    /// <summary>A tensor, or None for null.</summary>
    public static implicit operator Argument(Tensor? tensor) => tensor is null ? default : new(Kind.Tensor, tensor.Handle);

    /// <summary>An integer.</summary>
    public static implicit operator Argument(long value) => new(Kind.Int, value);

    /// <summary>A floating-point number.</summary>
    public static implicit operator Argument(double value) => new(Kind.Double, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A truth value.</summary>
    public static implicit operator Argument(bool value) => new(Kind.Bool, value ? 1 : 0);

    /// <summary>A data type.</summary>
    public static implicit operator Argument(ScalarType type) => new(Kind.Int, (long)type);

    /// <summary>A data type, or None.</summary>
    public static implicit operator Argument(ScalarType? type) => type is { } given ? given : default(Argument);

    /// <summary>A device.</summary>
    public static implicit operator Argument(Device device) => new(Kind.Device, device.Packed);

    /// <summary>A device, or None.</summary>
    public static implicit operator Argument(Device? device) => device is { } given ? given : default(Argument);

    /// <summary>A number, or None.</summary>
    public static implicit operator Argument(Scalar? value) => value is { } given ? given.Argument : default;

    /// <summary>An integer, or None.</summary>
    public static implicit operator Argument(long? value) => value is { } given ? given : default(Argument);

    /// <summary>A generator of random numbers, or None for the default one.</summary>
    public static implicit operator Argument(Generator? generator) => generator is null ? default : new(Kind.Generator, generator.Handle);

    internal Kind Tag => (Kind)_tag;

    internal int Length => _length;

    internal nint Pointer => (nint)_payload;

    internal long ToInt64() => Tag == Kind.Double ? (long)ToDouble() : _payload;

    internal double ToDouble() => Tag == Kind.Double ? BitConverter.Int64BitsToDouble(_payload) : _payload;
}
