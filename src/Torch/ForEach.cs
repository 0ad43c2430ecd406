namespace ExpertDivergence.Torch;

/// <summary>libtorch's operators over lists of tensors, in place: one call for many small tensors.</summary>
public static unsafe class ForEach
{
    private static readonly Operator s_multiply = new("aten::_foreach_mul_.Scalar");
    private static readonly Operator s_addNumber = new("aten::_foreach_add_.Scalar");
    private static readonly Operator s_add = new("aten::_foreach_add_.List");
    private static readonly Operator s_addProduct = new("aten::_foreach_addcmul_.Scalar");
    private static readonly Operator s_addQuotient = new("aten::_foreach_addcdiv_.Scalar");
    private static readonly Operator s_squareRoot = new("aten::_foreach_sqrt");
    private static readonly Operator s_norm = new("aten::_foreach_norm.Scalar");

    /// <summary>a ← a · factor.</summary>
    public static void Multiply(ReadOnlySpan<Tensor> a, double factor)
    {
        fixed (nint* p = Handles(a)) s_multiply.CallInPlace(Argument.Tensors(p, a.Length), factor);
    }

    /// <summary>a ← a + number.</summary>
    public static void Add(ReadOnlySpan<Tensor> a, double number)
    {
        fixed (nint* p = Handles(a)) s_addNumber.CallInPlace(Argument.Tensors(p, a.Length), number);
    }

    /// <summary>a ← a + factor · b.</summary>
    public static void Add(ReadOnlySpan<Tensor> a, ReadOnlySpan<Tensor> b, double factor)
    {
        fixed (nint* p = Handles(a), q = Handles(b))
            s_add.CallInPlace(Argument.Tensors(p, a.Length), Argument.Tensors(q, b.Length), factor);
    }

    /// <summary>a ← a + factor · b · c.</summary>
    public static void AddProduct(ReadOnlySpan<Tensor> a, ReadOnlySpan<Tensor> b, ReadOnlySpan<Tensor> c, double factor) =>
        Three(s_addProduct, a, b, c, factor);

    /// <summary>a ← a + factor · b / c.</summary>
    public static void AddQuotient(ReadOnlySpan<Tensor> a, ReadOnlySpan<Tensor> b, ReadOnlySpan<Tensor> c, double factor) =>
        Three(s_addQuotient, a, b, c, factor);

    /// <summary>√a, new tensors.</summary>
    public static Tensor[] SquareRoot(ReadOnlySpan<Tensor> a)
    {
        fixed (nint* p = Handles(a)) return s_squareRoot.CallList(Argument.Tensors(p, a.Length));
    }

    /// <summary>The Euclidean norm of each.</summary>
    public static Tensor[] Norm(ReadOnlySpan<Tensor> a)
    {
        fixed (nint* p = Handles(a)) return s_norm.CallList(Argument.Tensors(p, a.Length), 2.0);
    }

    private static void Three(Operator op, ReadOnlySpan<Tensor> a, ReadOnlySpan<Tensor> b, ReadOnlySpan<Tensor> c, double factor)
    {
        fixed (nint* p = Handles(a), q = Handles(b), r = Handles(c))
            op.CallInPlace(Argument.Tensors(p, a.Length), Argument.Tensors(q, b.Length), Argument.Tensors(r, c.Length), factor);
    }

    private static nint[] Handles(ReadOnlySpan<Tensor> tensors)
    {
        var handles = new nint[tensors.Length];
        Tensor.FillHandles(tensors, handles);
        return handles;
    }
}
