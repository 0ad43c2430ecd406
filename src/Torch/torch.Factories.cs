using ExpertDivergence.Core;
using ExpertDivergence.Torch.Interop;

namespace ExpertDivergence.Torch;

// New tensors. The data type is Float32 and the device the host where nothing else is said.
public static unsafe partial class torch
{
    /// <summary>A tensor with a copy of C# memory.</summary>
    /// <param name="data">The elements, the last dimension fastest.</param>
    /// <param name="dimensions">The sizes.</param>
    /// <param name="dtype">The type to convert to; that of the elements where none is given.</param>
    /// <param name="device">Where to put it.</param>
    /// <param name="requires_grad">Whether gradients flow to it.</param>
    /// <exception cref="DimensionException">The sizes do not hold so many elements.</exception>
    public static Tensor tensor<T>(ReadOnlySpan<T> data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged => FromMemory(data, dimensions, ScalarTypes.Of<T>(), dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}(ReadOnlySpan{T}, ReadOnlySpan{long}, ScalarType?, Device?, bool)"/>
    public static Tensor tensor<T>(T[] data, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged => FromMemory<T>(data, dimensions, ScalarTypes.Of<T>(), dtype, device, requires_grad);

    /// <summary>A vector with a copy of an array.</summary>
    public static Tensor tensor<T>(T[] data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
        where T : unmanaged => FromMemory<T>(data, [data.Length], ScalarTypes.Of<T>(), dtype, device, requires_grad);

    /// <summary>A matrix with a copy of an array.</summary>
    public static Tensor tensor<T>(T[,] data, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) where T : unmanaged
    {
        fixed (T* p = data)
        {
            return FromMemory(new ReadOnlySpan<T>(p, data.Length), [data.GetLength(0), data.GetLength(1)], ScalarTypes.Of<T>(), dtype, device, requires_grad);
        }
    }

    /// <summary>A tensor without dimensions that holds one number.</summary>
    public static Tensor tensor(Scalar scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full([], scalar, dtype, device, requires_grad);

    /// <summary>A tensor with a copy of bytes that hold elements of a type, as they lie in a file.</summary>
    /// <exception cref="DimensionException">The sizes do not hold so many bytes.</exception>
    public static Tensor from_bytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> dimensions, ScalarType dtype, Device? device = null) =>
        FromMemory(bytes, dimensions, dtype, null, device, false);

    /// <summary>Zeros.</summary>
    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (long* p = size) return Leaf(Aten.Zeros.Call(Argument.Ints(p, size.Length), dtype, default, device), requires_grad);
    }

    /// <summary>Ones.</summary>
    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (long* p = size) return Leaf(Aten.Ones.Call(Argument.Ints(p, size.Length), dtype, default, device), requires_grad);
    }

    /// <summary>One number everywhere.</summary>
    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (long* p = size) return Leaf(Aten.Full.Call(Argument.Ints(p, size.Length), value, dtype, default, device), requires_grad);
    }

    /// <summary>Memory as it comes, with whatever it holds.</summary>
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        fixed (long* p = size) return Leaf(Aten.Empty.Call(Argument.Ints(p, size.Length), dtype, default, device), requires_grad);
    }

    /// <summary>A vector of zeros.</summary>
    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null) => zeros([size], dtype, device);

    /// <summary>A matrix of zeros.</summary>
    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null) => zeros([rows, columns], dtype, device);

    /// <summary>A vector of ones.</summary>
    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null) => ones([size], dtype, device);

    /// <summary>A matrix of ones.</summary>
    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null) => ones([rows, columns], dtype, device);

    /// <summary>Zeros of the sizes, type and device of another tensor, where nothing else is said.</summary>
    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null) => Aten.ZerosLike.Call(input, dtype, default, device);

    /// <summary>Ones of the sizes, type and device of another tensor, where nothing else is said.</summary>
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null) => Aten.OnesLike.Call(input, dtype, default, device);

    /// <summary>One number in the sizes, type and device of another tensor, where nothing else is said.</summary>
    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null) =>
        Aten.FullLike.Call(input, value, dtype, default, device);

    /// <summary>Memory as it comes in the sizes, type and device of another tensor, where nothing else is said.</summary>
    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null) => Aten.EmptyLike.Call(input, dtype, default, device);

    /// <summary>0, 1, 2 … below <paramref name="stop"/>.</summary>
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null) => arange(0, stop, 1, dtype, device);

    /// <summary>Numbers from <paramref name="start"/> to below <paramref name="stop"/>.</summary>
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null) => arange(start, stop, 1, dtype, device);

    /// <summary>Numbers from <paramref name="start"/> to below <paramref name="stop"/> in steps.</summary>
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null) =>
        Aten.Arange.Call(start, stop, step, dtype, default, device);

    /// <summary>So many numbers in even steps from <paramref name="start"/> to <paramref name="end"/>, both included.</summary>
    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null) =>
        Aten.Linspace.Call(start, end, steps, dtype, default, device);

    /// <summary>A matrix with ones on its diagonal.</summary>
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null) =>
        Aten.Eye.Call(rows, columns < 0 ? rows : columns, dtype, default, device);

    /// <summary>Draws from the standard normal distribution.</summary>
    public static Tensor randn(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        fixed (long* p = size) return Leaf(Aten.Randn.Call(Argument.Ints(p, size.Length), generator, dtype, default, device), requires_grad);
    }

    /// <summary>Draws evenly from [0, 1).</summary>
    public static Tensor rand(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        fixed (long* p = size) return Leaf(Aten.Rand.Call(Argument.Ints(p, size.Length), generator, dtype, default, device), requires_grad);
    }

    /// <summary>Draws integers evenly from [low, high).</summary>
    public static Tensor randint(long low, long high, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, Generator? generator = null)
    {
        fixed (long* p = size) return Aten.Randint.Call(low, high, Argument.Ints(p, size.Length), generator, dtype ?? int64, default, device);
    }

    /// <summary>The integers below n in random order.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, Generator? generator = null) =>
        Aten.Randperm.Call(n, generator, dtype ?? int64, default, device);

    /// <summary>Draws indices with probabilities in proportion to the last dimension's elements.</summary>
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) =>
        Aten.Multinomial.Call(input, num_samples, replacement, generator);

    private static Tensor Leaf(Tensor tensor, bool requiresGrad) => requiresGrad ? tensor.requires_grad_() : tensor;

    private static Tensor FromMemory<T>(ReadOnlySpan<T> data, ReadOnlySpan<long> dimensions, ScalarType stored, ScalarType? wanted, Device? device, bool requiresGrad)
        where T : unmanaged
    {
        var bytes = (long)data.Length * sizeof(T);
        Int128 needed = stored.ElementSize();
        foreach (var dimension in dimensions) needed *= dimension;
        if (needed != bytes) throw new DimensionException(dimensions, bytes / stored.ElementSize());
        nint handle;
        fixed (T* memory = data)
        fixed (long* sizes = dimensions)
        {
            var status = NativeMethods.edl_tensor_from_data(memory, bytes, sizes, dimensions.Length, (int)stored, (device ?? CPU).Packed, &handle);
            NativeException.ThrowIfFailed(status, "tensor");
        }
        var made = Tensor.Own(handle);
        if (wanted is not { } type || type == stored) return Leaf(made, requiresGrad);
        using (made) return Leaf(made.to(type), requiresGrad);
    }
}

/// <summary>The sizes given for a new tensor do not hold the elements given.</summary>
public sealed class DimensionException(ReadOnlySpan<long> dimensions, long elements)
    : EdlException($"sizes [{string.Join(", ", dimensions.ToArray())}] do not hold {elements} elements", "Give sizes whose product is the number of elements.");
