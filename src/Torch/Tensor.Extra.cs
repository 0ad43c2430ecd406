namespace ExpertDivergence.Torch;

// Operators that the model needs beside the common ones.
public sealed unsafe partial class Tensor
{
    private static readonly Operator s_roll = new("aten::roll");
    private static readonly Operator s_rsqrt_ = new("aten::rsqrt_");

    /// <summary>One dimension turned by <paramref name="shift"/> places; what falls out at the end comes in at the start.</summary>
    public Tensor roll(long shift, long dim) => s_roll.Call(this, Argument.Ints(&shift, 1), Argument.Ints(&dim, 1));

    /// <summary>One over its root, in place.</summary>
    public Tensor rsqrt_() => InPlace(s_rsqrt_, this);
}
