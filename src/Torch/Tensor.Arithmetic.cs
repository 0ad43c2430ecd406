namespace ExpertDivergence.Torch;

// Arithmetic and products. Shapes broadcast; where data types differ, libtorch's promotion decides.
public sealed unsafe partial class Tensor
{
    /// <summary>The sum.</summary>
    public static Tensor operator +(Tensor left, Tensor right) => Aten.Add.Call(left, right);

    /// <summary>The sum.</summary>
    public static Tensor operator +(Tensor left, Scalar right) => Aten.AddScalar.Call(left, right);

    /// <summary>The sum.</summary>
    public static Tensor operator +(Scalar left, Tensor right) => Aten.AddScalar.Call(right, left);

    /// <summary>The difference.</summary>
    public static Tensor operator -(Tensor left, Tensor right) => Aten.Sub.Call(left, right);

    /// <summary>The difference.</summary>
    public static Tensor operator -(Tensor left, Scalar right) => Aten.SubScalar.Call(left, right);

    /// <summary>The difference.</summary>
    public static Tensor operator -(Scalar left, Tensor right) => Aten.Rsub.Call(right, left);

    /// <summary>The negative.</summary>
    public static Tensor operator -(Tensor tensor) => Aten.Neg.Call(tensor);

    /// <summary>The product element by element.</summary>
    public static Tensor operator *(Tensor left, Tensor right) => Aten.Mul.Call(left, right);

    /// <summary>The product.</summary>
    public static Tensor operator *(Tensor left, Scalar right) => Aten.MulScalar.Call(left, right);

    /// <summary>The product.</summary>
    public static Tensor operator *(Scalar left, Tensor right) => Aten.MulScalar.Call(right, left);

    /// <summary>The quotient; floating point for integers too.</summary>
    public static Tensor operator /(Tensor left, Tensor right) => Aten.Div.Call(left, right);

    /// <summary>The quotient; floating point for integers too.</summary>
    public static Tensor operator /(Tensor left, Scalar right) => Aten.DivScalar.Call(left, right);

    /// <summary>The quotient; floating point for integers too.</summary>
    public static Tensor operator /(Scalar left, Tensor right)
    {
        using var reciprocal = Aten.Reciprocal.Call(right);
        return Aten.MulScalar.Call(reciprocal, left);
    }

    /// <summary>This plus <paramref name="alpha"/> times the other.</summary>
    public Tensor add(Tensor other, Scalar? alpha = null) => Aten.Add.Call(this, other, alpha ?? 1);

    /// <summary>The sum.</summary>
    public Tensor add(Scalar other) => Aten.AddScalar.Call(this, other);

    /// <summary>This minus <paramref name="alpha"/> times the other.</summary>
    public Tensor sub(Tensor other, Scalar? alpha = null) => Aten.Sub.Call(this, other, alpha ?? 1);

    /// <summary>The difference.</summary>
    public Tensor sub(Scalar other) => Aten.SubScalar.Call(this, other);

    /// <summary>The product element by element.</summary>
    public Tensor mul(Tensor other) => Aten.Mul.Call(this, other);

    /// <summary>The product.</summary>
    public Tensor mul(Scalar other) => Aten.MulScalar.Call(this, other);

    /// <summary>The quotient.</summary>
    public Tensor div(Tensor other) => Aten.Div.Call(this, other);

    /// <summary>The quotient.</summary>
    public Tensor div(Scalar other) => Aten.DivScalar.Call(this, other);

    /// <summary>The quotient rounded down; integers stay integers.</summary>
    public Tensor floor_divide(Scalar other) => DivideDown(Aten.DivScalarMode, other);

    /// <summary>The quotient rounded down; integers stay integers.</summary>
    public Tensor floor_divide(Tensor other) => DivideDown(Aten.DivMode, other);

    /// <summary>The rest of the quotient rounded down.</summary>
    public Tensor remainder(Scalar other) => Aten.Remainder.Call(this, other);

    /// <summary>Each element to a power.</summary>
    public Tensor pow(Scalar exponent) => Aten.Pow.Call(this, exponent);

    /// <summary>Each element to the power of the other's.</summary>
    public Tensor pow(Tensor exponent) => Aten.PowTensor.Call(this, exponent);

    /// <summary>Adds <paramref name="alpha"/> times the other, in place.</summary>
    public Tensor add_(Tensor other, Scalar? alpha = null) => InPlace(Aten.Add_, this, other, alpha ?? 1);

    /// <summary>Adds a number, in place.</summary>
    public Tensor add_(Scalar other) => InPlace(Aten.AddScalar_, this, other);

    /// <summary>Subtracts <paramref name="alpha"/> times the other, in place.</summary>
    public Tensor sub_(Tensor other, Scalar? alpha = null) => InPlace(Aten.Sub_, this, other, alpha ?? 1);

    /// <summary>Multiplies, in place.</summary>
    public Tensor mul_(Tensor other) => InPlace(Aten.Mul_, this, other);

    /// <summary>Multiplies, in place.</summary>
    public Tensor mul_(Scalar other) => InPlace(Aten.MulScalar_, this, other);

    /// <summary>Divides, in place.</summary>
    public Tensor div_(Tensor other) => InPlace(Aten.Div_, this, other);

    /// <summary>Divides, in place.</summary>
    public Tensor div_(Scalar other) => InPlace(Aten.DivScalar_, this, other);

    /// <summary>The square roots, in place.</summary>
    public Tensor sqrt_() => InPlace(Aten.Sqrt_, this);

    /// <summary>This plus value · tensor1 · tensor2.</summary>
    public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar? value = null) => Aten.Addcmul.Call(this, tensor1, tensor2, value ?? 1);

    /// <summary>Adds value · tensor1 · tensor2, in place.</summary>
    public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar? value = null) => InPlace(Aten.Addcmul_, this, tensor1, tensor2, value ?? 1);

    /// <summary>Adds value · tensor1 / tensor2, in place.</summary>
    public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar? value = null) => InPlace(Aten.Addcdiv_, this, tensor1, tensor2, value ?? 1);

    /// <summary>This plus weight · (end - this).</summary>
    public Tensor lerp(Tensor end, Scalar weight) => Aten.Lerp.Call(this, end, weight);

    /// <summary>As <see cref="lerp"/>, in place.</summary>
    public Tensor lerp_(Tensor end, Scalar weight) => InPlace(Aten.Lerp_, this, end, weight);

    /// <summary>Takes over the elements of another tensor, converted and broadcast, in place.</summary>
    public Tensor copy_(Tensor source, bool non_blocking = false) => InPlace(Aten.Copy_, this, source, non_blocking);

    /// <summary>Sets every element to 0, in place.</summary>
    public Tensor zero_() => InPlace(Aten.Zero_, this);

    /// <summary>Sets every element to a number, in place.</summary>
    public Tensor fill_(Scalar value) => InPlace(Aten.Fill_, this, value);

    /// <summary>Draws every element from a normal distribution, in place.</summary>
    public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) => InPlace(Aten.Normal_, this, mean, std, generator);

    /// <summary>Draws every element evenly from [from, to), in place.</summary>
    public Tensor uniform_(double from = 0, double to = 1, Generator? generator = null) => InPlace(Aten.Uniform_, this, from, to, generator);

    /// <summary>The product of two matrices.</summary>
    public Tensor mm(Tensor other) => Aten.Mm.Call(this, other);

    /// <summary>The products of two batches of matrices.</summary>
    public Tensor bmm(Tensor other) => Aten.Bmm.Call(this, other);

    /// <summary>The product of matrices, vectors or batches of them.</summary>
    public Tensor matmul(Tensor other) => Aten.Matmul.Call(this, other);

    /// <summary>The product of a matrix and a vector.</summary>
    public Tensor mv(Tensor vector) => Aten.Mv.Call(this, vector);

    /// <summary>The inner product of two vectors.</summary>
    public Tensor dot(Tensor other) => Aten.Dot.Call(this, other);

    /// <summary>The outer product of two vectors.</summary>
    public Tensor outer(Tensor other) => Aten.Outer.Call(this, other);

    /// <summary>beta · this + alpha · mat1 · mat2.</summary>
    public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Aten.Addmm.Call(this, mat1, mat2, (double)beta, (double)alpha);

    /// <summary>beta · this + alpha · batch1 · batch2, batch by batch.</summary>
    public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
        Aten.Baddbmm.Call(this, batch1, batch2, (double)beta, (double)alpha);

    private Tensor DivideDown(Operator op, Argument other)
    {
        fixed (byte* mode = "floor"u8) return op.Call(this, other, Argument.Text(mode, 5));
    }
}
