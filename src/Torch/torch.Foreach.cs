namespace ExpertDivergence.Torch;

// Operators over whole lists of tensors, one call for a list.
public static unsafe partial class torch
{
    /// <summary>Adds alpha times the others to the tensors, in place.</summary>
    public static void _foreach_add_(ReadOnlySpan<Tensor> tensors, ReadOnlySpan<Tensor> others, Scalar? alpha = null)
    {
        fixed (nint* a = Handles(tensors), b = Handles(others))
        {
            Aten.ForeachAdd_.CallInPlace(Argument.Tensors(a, tensors.Length), Argument.Tensors(b, others.Length), alpha ?? 1);
        }
    }

    /// <summary>Adds a number to the tensors, in place.</summary>
    public static void _foreach_add_(ReadOnlySpan<Tensor> tensors, Scalar value)
    {
        fixed (nint* a = Handles(tensors)) Aten.ForeachAddScalar_.CallInPlace(Argument.Tensors(a, tensors.Length), value);
    }

    /// <summary>Multiplies the tensors by a number, in place.</summary>
    public static void _foreach_mul_(ReadOnlySpan<Tensor> tensors, Scalar value)
    {
        fixed (nint* a = Handles(tensors)) Aten.ForeachMulScalar_.CallInPlace(Argument.Tensors(a, tensors.Length), value);
    }

    /// <summary>Divides the tensors by a number, in place.</summary>
    public static void _foreach_div_(ReadOnlySpan<Tensor> tensors, Scalar value)
    {
        fixed (nint* a = Handles(tensors)) Aten.ForeachDivScalar_.CallInPlace(Argument.Tensors(a, tensors.Length), value);
    }

    /// <summary>Adds value · tensors1 · tensors2 to the tensors, in place.</summary>
    public static void _foreach_addcmul_(ReadOnlySpan<Tensor> tensors, ReadOnlySpan<Tensor> tensors1, ReadOnlySpan<Tensor> tensors2, Scalar value)
    {
        fixed (nint* a = Handles(tensors), b = Handles(tensors1), c = Handles(tensors2))
        {
            Aten.ForeachAddcmul_.CallInPlace(Argument.Tensors(a, tensors.Length), Argument.Tensors(b, tensors1.Length),
                Argument.Tensors(c, tensors2.Length), value);
        }
    }

    /// <summary>Adds value · tensors1 / tensors2 to the tensors, in place.</summary>
    public static void _foreach_addcdiv_(ReadOnlySpan<Tensor> tensors, ReadOnlySpan<Tensor> tensors1, ReadOnlySpan<Tensor> tensors2, Scalar value)
    {
        fixed (nint* a = Handles(tensors), b = Handles(tensors1), c = Handles(tensors2))
        {
            Aten.ForeachAddcdiv_.CallInPlace(Argument.Tensors(a, tensors.Length), Argument.Tensors(b, tensors1.Length),
                Argument.Tensors(c, tensors2.Length), value);
        }
    }

    /// <summary>The square roots.</summary>
    public static Tensor[] _foreach_sqrt(ReadOnlySpan<Tensor> tensors)
    {
        fixed (nint* a = Handles(tensors)) return Aten.ForeachSqrt.CallList(Argument.Tensors(a, tensors.Length));
    }

    /// <summary>The 2-norm of each tensor, without dimensions.</summary>
    public static Tensor[] _foreach_norm(ReadOnlySpan<Tensor> tensors)
    {
        fixed (nint* a = Handles(tensors)) return Aten.ForeachNorm.CallList(Argument.Tensors(a, tensors.Length), 2L);
    }

    /// <summary>Sets the tensors to zero, in place.</summary>
    public static void _foreach_zero_(ReadOnlySpan<Tensor> tensors)
    {
        fixed (nint* a = Handles(tensors)) Aten.ForeachZero_.CallInPlace(Argument.Tensors(a, tensors.Length));
    }

    private static nint[] Handles(ReadOnlySpan<Tensor> tensors)
    {
        var handles = new nint[tensors.Length];
        Tensor.FillHandles(tensors, handles);
        return handles;
    }
}
