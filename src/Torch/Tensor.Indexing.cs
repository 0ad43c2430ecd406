namespace ExpertDivergence.Torch;

// Reading and writing by index. Indices are Int64 tensors.
public sealed unsafe partial class Tensor
{
    /// <summary>The entries of one dimension at the indices of a vector.</summary>
    public Tensor index_select(long dim, Tensor index) => Aten.IndexSelect.Call(this, dim, index);

    /// <summary>The elements at index tensors, or where Bool masks hold, broadcast together; null leaves a dimension whole.</summary>
    public Tensor index(params ReadOnlySpan<Tensor?> indices)
    {
        var handles = stackalloc nint[indices.Length];
        for (var i = 0; i < indices.Length; i++) handles[i] = indices[i]?.Handle ?? 0;
        return Aten.Index.Call(this, Argument.Tensors(handles, indices.Length));
    }

    /// <summary>The elements at index tensors, or where Bool masks hold.</summary>
    public Tensor this[params ReadOnlySpan<Tensor?> indices] => index(indices);

    /// <summary>Without the first dimension: the part at an index of it.</summary>
    public Tensor this[long index] => select(0, index);

    /// <summary>Without the first two dimensions: the part at an index of each.</summary>
    public Tensor this[long first, long second]
    {
        get
        {
            using var row = select(0, first);
            return row.select(0, second);
        }
    }

    /// <summary>Writes values at index tensors, in place; repeated indices add up where <paramref name="accumulate"/> says so.</summary>
    public Tensor index_put_(Tensor value, ReadOnlySpan<Tensor?> indices, bool accumulate = false)
    {
        var handles = stackalloc nint[indices.Length];
        for (var i = 0; i < indices.Length; i++) handles[i] = indices[i]?.Handle ?? 0;
        Aten.IndexPut_.CallInPlace(this, Argument.Tensors(handles, indices.Length), value, accumulate);
        return this;
    }

    /// <summary>Element by element, the one at an index along a dimension.</summary>
    public Tensor gather(long dim, Tensor index) => Aten.Gather.Call(this, dim, index);

    /// <summary>The entries of <paramref name="source"/> added at the indices of a vector along a dimension.</summary>
    public Tensor index_add(long dim, Tensor index, Tensor source, Scalar? alpha = null) =>
        Aten.IndexAdd.Call(this, dim, index, source, alpha ?? 1);

    /// <summary>As <see cref="index_add"/>, in place.</summary>
    public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar? alpha = null) =>
        InPlace(Aten.IndexAdd_, this, dim, index, source, alpha ?? 1);

    /// <summary>The entries of <paramref name="source"/> written at the indices of a vector along a dimension, in place.</summary>
    public Tensor index_copy_(long dim, Tensor index, Tensor source) => InPlace(Aten.IndexCopy_, this, dim, index, source);

    /// <summary>Element by element, those of <paramref name="src"/> written at an index along a dimension.</summary>
    public Tensor scatter(long dim, Tensor index, Tensor src) => Aten.Scatter.Call(this, dim, index, src);

    /// <summary>One value written at an index along a dimension.</summary>
    public Tensor scatter(long dim, Tensor index, Scalar value) => Aten.ScatterValue.Call(this, dim, index, value);

    /// <summary>As <see cref="scatter(long, Tensor, Tensor)"/>, in place.</summary>
    public Tensor scatter_(long dim, Tensor index, Tensor src) => InPlace(Aten.Scatter_, this, dim, index, src);

    /// <summary>As <see cref="scatter(long, Tensor, Scalar)"/>, in place.</summary>
    public Tensor scatter_(long dim, Tensor index, Scalar value) => InPlace(Aten.ScatterValue_, this, dim, index, value);

    /// <summary>Element by element, those of <paramref name="src"/> added at an index along a dimension.</summary>
    public Tensor scatter_add(long dim, Tensor index, Tensor src) => Aten.ScatterAdd.Call(this, dim, index, src);

    /// <summary>As <see cref="scatter_add"/>, in place.</summary>
    public Tensor scatter_add_(long dim, Tensor index, Tensor src) => InPlace(Aten.ScatterAdd_, this, dim, index, src);

    /// <summary>A value where the Bool mask holds, itself elsewhere.</summary>
    public Tensor masked_fill(Tensor mask, Scalar value) => Aten.MaskedFill.Call(this, mask, value);

    /// <summary>As <see cref="masked_fill"/>, in place.</summary>
    public Tensor masked_fill_(Tensor mask, Scalar value) => InPlace(Aten.MaskedFill_, this, mask, value);

    /// <summary>The elements where the Bool mask holds, as a vector.</summary>
    public Tensor masked_select(Tensor mask) => Aten.MaskedSelect.Call(this, mask);

    /// <summary>The indices of the elements that are not zero, a row each.</summary>
    public Tensor nonzero() => Aten.Nonzero.Call(this);

    /// <summary>Itself where the condition holds, <paramref name="other"/> elsewhere.</summary>
    public Tensor where(Tensor condition, Tensor other) => Aten.Where.Call(condition, this, other);

    private Tensor InPlace(Operator op, params ReadOnlySpan<Argument> arguments)
    {
        op.CallInPlace(arguments);
        return this;
    }
}
