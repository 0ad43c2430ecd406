namespace ExpertDivergence.Modeling;

/// <summary>What training multiplies matrices in. Weights, sums, norms, softmax, router and optimizer are fp32 either way.</summary>
public enum Precision
{
    /// <summary>32-bit floats.</summary>
    Fp32,

    /// <summary>bfloat16 operands, fp32 sums.</summary>
    Bf16,
}
