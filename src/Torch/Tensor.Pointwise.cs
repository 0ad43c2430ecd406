namespace ExpertDivergence.Torch;

// Functions of each element, and comparisons.
public sealed partial class Tensor
{
    /// <summary>e to the power of each element.</summary>
    public Tensor exp() => Aten.Exp.Call(this);

    /// <summary>The natural logarithm of each element.</summary>
    public Tensor log() => Aten.Log.Call(this);

    /// <summary>The logarithm to base 2 of each element.</summary>
    public Tensor log2() => Aten.Log2.Call(this);

    /// <summary>The square root of each element.</summary>
    public Tensor sqrt() => Aten.Sqrt.Call(this);

    /// <summary>One over the square root of each element.</summary>
    public Tensor rsqrt() => Aten.Rsqrt.Call(this);

    /// <summary>The absolute value of each element.</summary>
    public Tensor abs() => Aten.Abs.Call(this);

    /// <summary>The sign of each element: -1, 0 or 1.</summary>
    public Tensor sign() => Aten.Sign.Call(this);

    /// <summary>The negative of each element.</summary>
    public Tensor neg() => Aten.Neg.Call(this);

    /// <summary>One over each element.</summary>
    public Tensor reciprocal() => Aten.Reciprocal.Call(this);

    /// <summary>The square of each element.</summary>
    public Tensor square() => Aten.Square.Call(this);

    /// <summary>The sine of each element.</summary>
    public Tensor sin() => Aten.Sin.Call(this);

    /// <summary>The cosine of each element.</summary>
    public Tensor cos() => Aten.Cos.Call(this);

    /// <summary>The hyperbolic tangent of each element.</summary>
    public Tensor tanh() => Aten.Tanh.Call(this);

    /// <summary>1 / (1 + e^-x) of each element.</summary>
    public Tensor sigmoid() => Aten.Sigmoid.Call(this);

    /// <summary>max(0, x) of each element.</summary>
    public Tensor relu() => Aten.Relu.Call(this);

    /// <summary>x / (1 + e^-x) of each element.</summary>
    public Tensor silu() => Aten.Silu.Call(this);

    /// <summary>x times the normal distribution function of x, of each element.</summary>
    public Tensor gelu() => Aten.Gelu.Call(this);

    /// <summary>log(1 + e^x) of each element.</summary>
    public Tensor softplus() => Aten.Softplus.Call(this);

    /// <summary>The largest integer not above each element.</summary>
    public Tensor floor() => Aten.Floor.Call(this);

    /// <summary>The smallest integer not below each element.</summary>
    public Tensor ceil() => Aten.Ceil.Call(this);

    /// <summary>The nearest integer of each element, half to even.</summary>
    public Tensor round() => Aten.Round.Call(this);

    /// <summary>Whether each element is finite.</summary>
    public Tensor isfinite() => Aten.Isfinite.Call(this);

    /// <summary>Whether each element is NaN.</summary>
    public Tensor isnan() => Aten.Isnan.Call(this);

    /// <summary>Whether each element is zero.</summary>
    public Tensor logical_not() => Aten.LogicalNot.Call(this);

    /// <summary>The error function of each element.</summary>
    public Tensor erf() => Aten.Erf.Call(this);

    /// <summary>Whether each element equals the other's, as Bool.</summary>
    public Tensor eq(Tensor other) => Aten.Eq.Call(this, other);

    /// <summary>Whether each element equals a number, as Bool.</summary>
    public Tensor eq(Scalar other) => Aten.EqScalar.Call(this, other);

    /// <summary>Whether each element differs from the other's, as Bool.</summary>
    public Tensor ne(Tensor other) => Aten.Ne.Call(this, other);

    /// <summary>Whether each element differs from a number, as Bool.</summary>
    public Tensor ne(Scalar other) => Aten.NeScalar.Call(this, other);

    /// <summary>Whether each element is below the other's, as Bool.</summary>
    public Tensor lt(Tensor other) => Aten.Lt.Call(this, other);

    /// <summary>Whether each element is below a number, as Bool.</summary>
    public Tensor lt(Scalar other) => Aten.LtScalar.Call(this, other);

    /// <summary>Whether each element is at most the other's, as Bool.</summary>
    public Tensor le(Tensor other) => Aten.Le.Call(this, other);

    /// <summary>Whether each element is at most a number, as Bool.</summary>
    public Tensor le(Scalar other) => Aten.LeScalar.Call(this, other);

    /// <summary>Whether each element is above the other's, as Bool.</summary>
    public Tensor gt(Tensor other) => Aten.Gt.Call(this, other);

    /// <summary>Whether each element is above a number, as Bool.</summary>
    public Tensor gt(Scalar other) => Aten.GtScalar.Call(this, other);

    /// <summary>Whether each element is at least the other's, as Bool.</summary>
    public Tensor ge(Tensor other) => Aten.Ge.Call(this, other);

    /// <summary>Whether each element is at least a number, as Bool.</summary>
    public Tensor ge(Scalar other) => Aten.GeScalar.Call(this, other);

    /// <summary>Whether each element is below the other's, as Bool.</summary>
    public static Tensor operator <(Tensor left, Tensor right) => Aten.Lt.Call(left, right);

    /// <summary>Whether each element is below a number, as Bool.</summary>
    public static Tensor operator <(Tensor left, Scalar right) => Aten.LtScalar.Call(left, right);

    /// <summary>Whether each element is above the other's, as Bool.</summary>
    public static Tensor operator >(Tensor left, Tensor right) => Aten.Gt.Call(left, right);

    /// <summary>Whether each element is above a number, as Bool.</summary>
    public static Tensor operator >(Tensor left, Scalar right) => Aten.GtScalar.Call(left, right);

    /// <summary>Whether each element is at most the other's, as Bool.</summary>
    public static Tensor operator <=(Tensor left, Tensor right) => Aten.Le.Call(left, right);

    /// <summary>Whether each element is at most a number, as Bool.</summary>
    public static Tensor operator <=(Tensor left, Scalar right) => Aten.LeScalar.Call(left, right);

    /// <summary>Whether each element is at least the other's, as Bool.</summary>
    public static Tensor operator >=(Tensor left, Tensor right) => Aten.Ge.Call(left, right);

    /// <summary>Whether each element is at least a number, as Bool.</summary>
    public static Tensor operator >=(Tensor left, Scalar right) => Aten.GeScalar.Call(left, right);

    /// <summary>Whether both elements hold.</summary>
    public Tensor logical_and(Tensor other) => Aten.LogicalAnd.Call(this, other);

    /// <summary>Whether either element holds.</summary>
    public Tensor logical_or(Tensor other) => Aten.LogicalOr.Call(this, other);

    /// <summary>Each element, not below <paramref name="min"/> and not above <paramref name="max"/>.</summary>
    public Tensor clamp(Scalar? min = null, Scalar? max = null) => Aten.Clamp.Call(this, min, max);

    /// <summary>As <see cref="clamp"/>, in place.</summary>
    public Tensor clamp_(Scalar? min = null, Scalar? max = null) => InPlace(Aten.Clamp_, this, min, max);

    /// <summary>Each element, not below <paramref name="min"/>.</summary>
    public Tensor clamp_min(Scalar min) => Aten.ClampMin.Call(this, min);

    /// <summary>Each element, not above <paramref name="max"/>.</summary>
    public Tensor clamp_max(Scalar max) => Aten.ClampMax.Call(this, max);

    /// <summary>Softmax along a dimension, computed in <paramref name="dtype"/> where one is given.</summary>
    public Tensor softmax(long dim, ScalarType? dtype = null) => Aten.Softmax.Call(this, dim, dtype);

    /// <summary>The logarithm of the softmax along a dimension, computed in <paramref name="dtype"/> where one is given.</summary>
    public Tensor log_softmax(long dim, ScalarType? dtype = null) => Aten.LogSoftmax.Call(this, dim, dtype);
}
