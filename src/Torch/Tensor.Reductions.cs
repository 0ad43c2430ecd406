namespace ExpertDivergence.Torch;

// Sums, extremes, orders. Without a dimension the whole tensor is meant.
public sealed unsafe partial class Tensor
{
    // A data type as the only parameter would catch the literal 0 of sum(0), which means a dimension.

    /// <summary>The sum.</summary>
    public Tensor sum() => Aten.Sum.Call(this);

    /// <summary>The sum along dimensions.</summary>
    public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null)
    {
        fixed (long* p = dim) return Aten.SumDim.Call(this, Argument.Ints(p, dim.Length), keepdim, type);
    }

    /// <summary>The sum along a dimension.</summary>
    public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Aten.SumDim.Call(this, Argument.Ints(&dim, 1), keepdim, type);

    /// <summary>The mean.</summary>
    public Tensor mean() => Aten.Mean.Call(this);

    /// <summary>The mean along dimensions.</summary>
    public Tensor mean(ReadOnlySpan<long> dimensions, bool keepdim = false, ScalarType? type = null)
    {
        fixed (long* p = dimensions) return Aten.MeanDim.Call(this, Argument.Ints(p, dimensions.Length), keepdim, type);
    }

    /// <summary>The mean along a dimension.</summary>
    public Tensor mean(long dim, bool keepdim = false, ScalarType? type = null) => Aten.MeanDim.Call(this, Argument.Ints(&dim, 1), keepdim, type);

    /// <summary>The variance, over n - 1 where <paramref name="unbiased"/>, over n elsewhere.</summary>
    public Tensor var(bool unbiased = true) => Aten.Var.Call(this, unbiased);

    /// <summary>The variance along a dimension.</summary>
    public Tensor var(long dim, bool unbiased = true, bool keepdim = false) => Aten.VarDim.Call(this, Argument.Ints(&dim, 1), unbiased, keepdim);

    /// <summary>The standard deviation.</summary>
    public Tensor std(bool unbiased = true) => Aten.Std.Call(this, unbiased);

    /// <summary>The standard deviation along a dimension.</summary>
    public Tensor std(long dim, bool unbiased = true, bool keepdim = false) => Aten.StdDim.Call(this, Argument.Ints(&dim, 1), unbiased, keepdim);

    /// <summary>The product.</summary>
    public Tensor prod() => Aten.Prod.Call(this);

    /// <summary>The largest element.</summary>
    public Tensor max() => Aten.Max.Call(this);

    /// <summary>The largest elements along a dimension, and where they are.</summary>
    public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Aten.MaxDim.Call2(this, dim, keepdim);

    /// <summary>The larger of both elements.</summary>
    public Tensor maximum(Tensor other) => Aten.Maximum.Call(this, other);

    /// <summary>The smallest element.</summary>
    public Tensor min() => Aten.Min.Call(this);

    /// <summary>The smallest elements along a dimension, and where they are.</summary>
    public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Aten.MinDim.Call2(this, dim, keepdim);

    /// <summary>The smaller of both elements.</summary>
    public Tensor minimum(Tensor other) => Aten.Minimum.Call(this, other);

    /// <summary>The largest elements along dimensions; none means all. Equal ones share the gradient.</summary>
    public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false)
    {
        fixed (long* p = dims) return Aten.Amax.Call(this, Argument.Ints(p, dims.Length), keepdim);
    }

    /// <summary>The largest elements along a dimension.</summary>
    public Tensor amax(long dim, bool keepdim = false) => Aten.Amax.Call(this, Argument.Ints(&dim, 1), keepdim);

    /// <summary>The smallest elements along a dimension.</summary>
    public Tensor amin(long dim, bool keepdim = false) => Aten.Amin.Call(this, Argument.Ints(&dim, 1), keepdim);

    /// <summary>Where the largest element is, counted over the whole tensor or along a dimension.</summary>
    public Tensor argmax(long? dim = null, bool keepdim = false) => Aten.Argmax.Call(this, dim, keepdim);

    /// <summary>Where the smallest element is, counted over the whole tensor or along a dimension.</summary>
    public Tensor argmin(long? dim = null, bool keepdim = false) => Aten.Argmin.Call(this, dim, keepdim);

    /// <summary>Whether all elements hold.</summary>
    public Tensor all() => Aten.All.Call(this);

    /// <summary>Whether all elements along a dimension hold.</summary>
    public Tensor all(long dim, bool keepdim = false) => Aten.AllDim.Call(this, dim, keepdim);

    /// <summary>Whether any element holds.</summary>
    public Tensor any() => Aten.Any.Call(this);

    /// <summary>Whether any element along a dimension holds.</summary>
    public Tensor any(long dim, bool keepdim = false) => Aten.AnyDim.Call(this, dim, keepdim);

    /// <summary>The p-norm of all elements.</summary>
    public Tensor norm(double p = 2) => Aten.Norm.Call(this, p);

    /// <summary>The p-norm along a dimension.</summary>
    public Tensor norm(long dim, bool keepdim = false, double p = 2) => Aten.NormDim.Call(this, p, Argument.Ints(&dim, 1), keepdim);

    /// <summary>The logarithm of the sum of the exponentials along a dimension.</summary>
    public Tensor logsumexp(long dim, bool keepdim = false) => Aten.LogSumExp.Call(this, Argument.Ints(&dim, 1), keepdim);

    /// <summary>The k largest elements along a dimension, and where they are.</summary>
    public (Tensor values, Tensor indexes) topk(long k, long dim = -1, bool largest = true, bool sorted = true) =>
        Aten.Topk.Call2(this, k, dim, largest, sorted);

    /// <summary>The elements in order along a dimension, and where they were; equal ones keep their order where <paramref name="stable"/>.</summary>
    public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
        Aten.Sort.Call2(this, stable, dim, descending);

    /// <summary>The indices that put a dimension in order; equal elements keep their order.</summary>
    public Tensor argsort(long dim = -1, bool descending = false)
    {
        var (values, indices) = Aten.Sort.Call2(this, true, dim, descending);
        values.Dispose();
        return indices;
    }

    /// <summary>The running sum along a dimension.</summary>
    public Tensor cumsum(long dim, ScalarType? type = null) => Aten.Cumsum.Call(this, dim, type);

    /// <summary>How often each of 0, 1, 2 … occurs in a vector of integers, or the sum of its weights.</summary>
    public Tensor bincount(Tensor? weights = null, long minlength = 0) => Aten.Bincount.Call(this, weights, minlength);

    /// <summary>Whether both have the same sizes and elements.</summary>
    public bool equal(Tensor other) => Aten.Equal.CallNumber(this, other) != 0;

    /// <summary>Whether |this - other| is at most atol + rtol · |other| for every element.</summary>
    public bool allclose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false) =>
        Aten.Allclose.CallNumber(this, other, rtol, atol, equal_nan) != 0;
}
