using System.Text;

namespace ExpertDivergence.Torch;

// Functions that take several tensors alike, and those that TorchSharp's users write as functions.
public static unsafe partial class torch
{
    private const int OnStack = 128;

    /// <summary>Joins tensors along a dimension they have.</summary>
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        var handles = tensors.Length <= OnStack ? stackalloc nint[tensors.Length] : new nint[tensors.Length];
        var count = Tensor.FillHandles(tensors, handles);
        fixed (nint* p = handles) return Aten.Cat.Call(Argument.Tensors(p, count), dim);
    }

    /// <summary>Joins tensors of the same sizes along a new dimension.</summary>
    public static Tensor stack(ReadOnlySpan<Tensor> tensors, long dim = 0)
    {
        var handles = tensors.Length <= OnStack ? stackalloc nint[tensors.Length] : new nint[tensors.Length];
        var count = Tensor.FillHandles(tensors, handles);
        fixed (nint* p = handles) return Aten.Stack.Call(Argument.Tensors(p, count), dim);
    }

    /// <summary>Einstein's summation, for example <c>bld,ed->ble</c>.</summary>
    public static Tensor einsum(string equation, params ReadOnlySpan<Tensor> tensors)
    {
        var handles = tensors.Length <= OnStack ? stackalloc nint[tensors.Length] : new nint[tensors.Length];
        var count = Tensor.FillHandles(tensors, handles);
        var text = Encoding.UTF8.GetBytes(equation);
        fixed (nint* p = handles)
        fixed (byte* t = text) return Aten.Einsum.Call(Argument.Text(t, text.Length), Argument.Tensors(p, count));
    }

    /// <summary><paramref name="x"/> where the condition holds, <paramref name="y"/> elsewhere.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Aten.Where.Call(condition, x, y);

    /// <summary>The product of matrices, vectors or batches of them.</summary>
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    /// <summary>The product of two matrices.</summary>
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);

    /// <summary>The products of two batches of matrices.</summary>
    public static Tensor bmm(Tensor input, Tensor target) => input.bmm(target);

    /// <summary>beta · input + alpha · mat1 · mat2.</summary>
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => input.addmm(mat1, mat2, beta, alpha);

    /// <summary>beta · input + alpha · batch1 · batch2, batch by batch.</summary>
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
        input.baddbmm(batch1, batch2, beta, alpha);

    /// <summary>The outer product of two vectors.</summary>
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);

    /// <summary>The inner product of two vectors.</summary>
    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);

    /// <summary>e to the power of each element.</summary>
    public static Tensor exp(Tensor input) => input.exp();

    /// <summary>The natural logarithm of each element.</summary>
    public static Tensor log(Tensor input) => input.log();

    /// <summary>The square root of each element.</summary>
    public static Tensor sqrt(Tensor input) => input.sqrt();

    /// <summary>One over the square root of each element.</summary>
    public static Tensor rsqrt(Tensor input) => input.rsqrt();

    /// <summary>The absolute value of each element.</summary>
    public static Tensor abs(Tensor input) => input.abs();

    /// <summary>Each element to a power.</summary>
    public static Tensor pow(Tensor input, Scalar exponent) => input.pow(exponent);

    /// <summary>1 / (1 + e^-x) of each element.</summary>
    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    /// <summary>The hyperbolic tangent of each element.</summary>
    public static Tensor tanh(Tensor input) => input.tanh();

    /// <summary>Softmax along a dimension.</summary>
    public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    /// <summary>The logarithm of the softmax along a dimension.</summary>
    public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);

    /// <summary>The logarithm of the sum of the exponentials along a dimension.</summary>
    public static Tensor logsumexp(Tensor input, long dim, bool keepdim = false) => input.logsumexp(dim, keepdim);

    /// <summary>The sum.</summary>
    public static Tensor sum(Tensor input) => input.sum();

    /// <summary>The mean.</summary>
    public static Tensor mean(Tensor input) => input.mean();

    /// <summary>The larger of both elements.</summary>
    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);

    /// <summary>The smaller of both elements.</summary>
    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);

    /// <summary>The k largest elements along a dimension, and where they are.</summary>
    public static (Tensor values, Tensor indexes) topk(Tensor input, long k, long dim = -1, bool largest = true, bool sorted = true) =>
        input.topk(k, dim, largest, sorted);

    /// <summary>The entries of one dimension at the indices of a vector.</summary>
    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);

    /// <summary>Element by element, the one at an index along a dimension.</summary>
    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);

    /// <summary>The upper triangle of matrices, from a diagonal on.</summary>
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);

    /// <summary>The running sum along a dimension.</summary>
    public static Tensor cumsum(Tensor input, long dim) => input.cumsum(dim);

    /// <summary>How often each of 0, 1, 2 … occurs in a vector of integers.</summary>
    public static Tensor bincount(Tensor input, Tensor? weights = null, long minlength = 0) => input.bincount(weights, minlength);

    /// <summary>Each element within bounds.</summary>
    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
}
