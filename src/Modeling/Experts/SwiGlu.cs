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
        var width = gateUp.size(-1) / 2;
        return torch.nn.functional.silu(gateUp.narrow(-1, 0, width)) * gateUp.narrow(-1, width, width);
    }
}
