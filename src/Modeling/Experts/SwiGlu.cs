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

    /// <summary>A network of one expert that all tokens pass: SwiGLU between its projections.</summary>
    /// <param name="x_TD">Tokens.</param>
    /// <param name="gateUp">Gate and up projections, [1, D, 2F].</param>
    /// <param name="down">Down projection, [1, F, D].</param>
    /// <returns>[T, D].</returns>
    internal static Tensor Network(Tensor x_TD, Tensor gateUp, Tensor down) => torch.mm(Apply(torch.mm(x_TD, gateUp.squeeze(0))), down.squeeze(0));
}
