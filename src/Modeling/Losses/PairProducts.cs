// T tokens, K rows of a token, W width, N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The inner products of a token's rows with each other: all that losses on the angles between experts need of them.</summary>
public static class PairProducts
{
    private static readonly Operator s_native = new("edl::pair_products");

    /// <summary>⟨x_tj, x_tk⟩ for every token t and every two rows j and k.</summary>
    /// <param name="x_TKW">Rows, [T, K, W], in 16, 32 or 64 bits.</param>
    /// <returns>[T, K, K], in 32 bits or, if the rows have them, 64.</returns>
    public static Tensor Of(Tensor x_TKW) => x_TKW.device.type == DeviceType.CPU ? s_native.Call(x_TKW.contiguous()) : Composite(x_TKW);

    /// <summary>The same by operators of libtorch alone.</summary>
    public static Tensor Composite(Tensor x_TKW)
    {
        var wide_TKW = x_TKW.dtype == ScalarType.Float64 ? x_TKW : x_TKW.to(ScalarType.Float32);
        return torch.bmm(wide_TKW, wide_TKW.transpose(1, 2));
    }

    /// <summary>The products of each two rows as vectors over layers and tokens, [N, T] each, that of rows j and k at j · K + k: operators on
    /// them are few and long, where reductions over K are many and short.</summary>
    internal static Tensor[] ByPair(Tensor products_NTKK) => products_NTKK.permute(2, 3, 0, 1).contiguous().flatten(0, 1).unbind();
}
