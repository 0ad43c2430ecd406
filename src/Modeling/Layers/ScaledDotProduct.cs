// B batch, L length, H query heads, G key/value heads, R head width.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Causal attention by libtorch's one operator for it, which takes flash attention on a GPU: no scores are ever kept.</summary>
internal static class ScaledDotProduct
{
    private static readonly Operator s_operator = new("aten::scaled_dot_product_attention");

    // The form of libtorch 1.13, slower there than the products by themselves; it takes the same arguments, and lets them be tested.
    private static readonly Operator s_before2 = new("aten::_scaled_dot_product_attention");

    /// <summary>Whether attention on a device goes this way.</summary>
    public static bool Suits(Device device) => device.type == DeviceType.CUDA && s_operator.Exists;

    /// <summary>Whether this libtorch has the operator in either form.</summary>
    public static bool Exists => s_operator.Exists || s_before2.Exists;

    /// <summary>Mixes positions.</summary>
    /// <param name="q_BLHR">Queries.</param>
    /// <param name="k_BLGR">Keys; query head h looks at key head h · G / H.</param>
    /// <param name="v_BLGR">Values.</param>
    /// <returns>The heads side by side, [B·L, H·R].</returns>
    public static Tensor Mix(Tensor q_BLHR, Tensor k_BLGR, Tensor v_BLGR)
    {
        long batch = q_BLHR.size(0), length = q_BLHR.size(1), heads = q_BLHR.size(2), width = q_BLHR.size(3);
        var (q_BHLR, k_BHLR, v_BHLR) = (q_BLHR.transpose(1, 2), Repeated(k_BLGR), Repeated(v_BLGR));
        var mixed_BHLR = s_operator.Exists
            ? s_operator.Call(q_BHLR, k_BHLR, v_BHLR, Argument.None, 0.0, true)
            : s_before2.Call2(q_BHLR, k_BHLR, v_BHLR, Argument.None, 0.0, false, true).First;
        return mixed_BHLR.transpose(1, 2).reshape(batch * length, heads * width);

        // A key head for each query head.
        Tensor Repeated(Tensor x_BLGR)
        {
            var x_BGLR = x_BLGR.transpose(1, 2);
            var keyHeads = x_BLGR.size(2);
            return keyHeads == heads
                ? x_BGLR
                : x_BGLR.unsqueeze(2).expand(batch, keyHeads, heads / keyHeads, length, width).reshape(batch, heads, length, width);
        }
    }
}
