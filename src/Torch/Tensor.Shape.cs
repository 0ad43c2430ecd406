namespace ExpertDivergence.Torch;

// Views, copies and joins. Dimensions count from 0, negative ones from the last.
public sealed unsafe partial class Tensor
{
    /// <summary>The same data under other sizes; one of them may be -1.</summary>
    public Tensor view(params ReadOnlySpan<long> shape)
    {
        fixed (long* p = shape) return Aten.View.Call(this, Argument.Ints(p, shape.Length));
    }

    /// <summary>Other sizes, as a view where possible and as a copy elsewhere; one of them may be -1.</summary>
    public Tensor reshape(params ReadOnlySpan<long> shape)
    {
        fixed (long* p = shape) return Aten.Reshape.Call(this, Argument.Ints(p, shape.Length));
    }

    /// <summary>One dimension in place of those from <paramref name="start_dim"/> to <paramref name="end_dim"/>.</summary>
    public Tensor flatten(long start_dim = 0, long end_dim = -1) => Aten.Flatten.Call(this, start_dim, end_dim);

    /// <summary>Two dimensions swapped.</summary>
    public Tensor transpose(long dim0, long dim1) => Aten.Transpose.Call(this, dim0, dim1);

    /// <summary>A matrix transposed.</summary>
    public Tensor t() => Aten.T.Call(this);

    /// <summary>The dimensions in another order.</summary>
    public Tensor permute(params ReadOnlySpan<long> permutation)
    {
        fixed (long* p = permutation) return Aten.Permute.Call(this, Argument.Ints(p, permutation.Length));
    }

    /// <summary>A dimension of size 1 put in at <paramref name="dim"/>.</summary>
    public Tensor unsqueeze(long dim) => Aten.Unsqueeze.Call(this, dim);

    /// <summary>Without the dimensions of size 1, or without the one given.</summary>
    public Tensor squeeze(long? dim = null) => dim is { } one ? Aten.SqueezeDim.Call(this, one) : Aten.Squeeze.Call(this);

    /// <summary>Dimensions of size 1 repeated to the sizes given without copying; -1 keeps a size.</summary>
    public Tensor expand(params ReadOnlySpan<long> sizes)
    {
        fixed (long* p = sizes) return Aten.Expand.Call(this, Argument.Ints(p, sizes.Length));
    }

    /// <summary>Expanded to the sizes of another tensor.</summary>
    public Tensor expand_as(Tensor other) => Aten.ExpandAs.Call(this, other);

    /// <summary>The whole repeated along each dimension.</summary>
    public Tensor repeat(params ReadOnlySpan<long> repeats)
    {
        fixed (long* p = repeats) return Aten.Repeat.Call(this, Argument.Ints(p, repeats.Length));
    }

    /// <summary>Each element repeated, along one dimension or flattened.</summary>
    public Tensor repeat_interleave(long repeats, long? dim = null) => Aten.RepeatInterleave.Call(this, repeats, dim);

    /// <summary>Each element repeated as often as <paramref name="repeats"/> says, along one dimension or flattened.</summary>
    /// <param name="repeats">Int64 counts.</param>
    /// <param name="dim">The dimension.</param>
    /// <param name="output_size">Their sum where it is known; spares a wait for the device.</param>
    public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
        Aten.RepeatInterleaveTensor.Call(this, repeats, dim, output_size);

    /// <summary>The same elements lying densely: itself where they do.</summary>
    public Tensor contiguous() => Aten.Contiguous.Call(this);

    /// <summary>A copy, with history.</summary>
    public Tensor clone() => Aten.Clone.Call(this);

    /// <summary>A new reference to the same tensor.</summary>
    public Tensor alias() => Aten.Alias.Call(this);

    /// <summary>Converted to a data type; the same data where it has it and no copy is asked for.</summary>
    public Tensor to(ScalarType type, bool copy = false, bool non_blocking = false) => Aten.ToType.Call(this, type, non_blocking, copy);

    /// <summary>On a device; the same data where it lies there and no copy is asked for.</summary>
    public Tensor to(Device device, bool copy = false, bool non_blocking = false) =>
        Aten.ToLayout.Call(this, default, default, device, default, non_blocking, copy);

    /// <summary>Converted to a data type on a device.</summary>
    public Tensor to(ScalarType type, Device device, bool copy = false, bool non_blocking = false) =>
        Aten.ToLayout.Call(this, type, default, device, default, non_blocking, copy);

    /// <summary>Converted to a data type.</summary>
    public Tensor to_type(ScalarType type) => to(type);

    /// <summary>Converted to Float32.</summary>
    public Tensor @float() => to(ScalarType.Float32);

    /// <summary>Converted to Float64.</summary>
    public Tensor @double() => to(ScalarType.Float64);

    /// <summary>Converted to Int64.</summary>
    public Tensor @long() => to(ScalarType.Int64);

    /// <summary>Converted to BFloat16.</summary>
    public Tensor bfloat16() => to(ScalarType.BFloat16);

    /// <summary>Converted to Bool.</summary>
    public Tensor @bool() => to(ScalarType.Bool);

    /// <summary>On the host.</summary>
    public Tensor cpu() => to(torch.CPU);

    /// <summary>On the current GPU.</summary>
    public Tensor cuda() => to(torch.CUDA);

    /// <summary>Without one dimension: the part at an index of it.</summary>
    public Tensor select(long dim, long index) => Aten.Select.Call(this, dim, index);

    /// <summary>A part of one dimension, from start to before finish.</summary>
    public Tensor slice(long dim, long start, long finish, long step = 1) => Aten.Slice.Call(this, dim, start, finish, step);

    /// <summary>A part of one dimension: <paramref name="length"/> entries from <paramref name="start"/>.</summary>
    public Tensor narrow(long dim, long start, long length) => Aten.Narrow.Call(this, dim, start, length);

    /// <summary>Parts of one size along a dimension, the last one perhaps smaller.</summary>
    public Tensor[] split(long size, long dim = 0) => Aten.Split.CallList(this, size, dim);

    /// <summary>Parts of the sizes given along a dimension.</summary>
    public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0)
    {
        fixed (long* p = sizes) return Aten.SplitSizes.CallList(this, Argument.Ints(p, sizes.Length), dim);
    }

    /// <summary>At most so many parts of equal size along a dimension.</summary>
    public Tensor[] chunk(long chunks, long dim = 0) => Aten.Chunk.CallList(this, chunks, dim);

    /// <summary>The parts at every index of a dimension, without it.</summary>
    public Tensor[] unbind(long dim = 0) => Aten.Unbind.CallList(this, dim);

    /// <summary>The upper triangle of matrices, from a diagonal on; zeros elsewhere.</summary>
    public Tensor triu(long diagonal = 0) => Aten.Triu.Call(this, diagonal);

    /// <summary>The lower triangle of matrices, up to a diagonal; zeros elsewhere.</summary>
    public Tensor tril(long diagonal = 0) => Aten.Tril.Call(this, diagonal);

    /// <summary>The order of a dimension reversed.</summary>
    public Tensor flip(params ReadOnlySpan<long> dims)
    {
        fixed (long* p = dims) return Aten.Flip.Call(this, Argument.Ints(p, dims.Length));
    }

    /// <summary>The diagonal of a matrix, or of the last two of the dimensions given.</summary>
    public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Aten.Diagonal.Call(this, offset, dim1, dim2);
}
