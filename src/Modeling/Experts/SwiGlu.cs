using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>SwiGLU (Shazeer, 2020) on a joint gate and up projection: silu(gate) · up.</summary>
public static class SwiGlu
{
    /// <summary>Applies it.</summary>
    /// <param name="gateUp">Gate, then up, in the last dimension: […, 2F].</param>
    /// <returns>[…, F].</returns>
    public static Tensor Apply(Tensor gateUp)
    {
        var halves = gateUp.chunk(2, -1);
        return halves[0].silu() * halves[1];
    }
}
