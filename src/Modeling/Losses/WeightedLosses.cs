// N layers.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The next-token loss and the others in one total: nll / tokens + Σ weight · (sum or mean over layers of the loss).</summary>
internal static class WeightedLosses
{
    private static readonly Operator s_operator = new("edl::total_loss");

    /// <summary>Joins them; on the host by one operator (<c>edl::total_loss</c>).</summary>
    /// <param name="nll">Sum over the tokens of −log p(target), a scalar.</param>
    /// <param name="tokens">What it is divided by.</param>
    /// <param name="perLayer_N">The auxiliary losses by layer, [N] each.</param>
    /// <param name="weights">Their factors in the total; a loss of weight 0 stays out of it.</param>
    /// <param name="sums">Whether the layers of each are added up; averaged otherwise.</param>
    /// <returns>The total, with gradient; the next-token loss; each auxiliary loss with its layers joined. Scalars.</returns>
    public static (Tensor Total, Tensor LanguageModel, Tensor[] Values) Of(Tensor nll, double tokens, Tensor[] perLayer_N, double[] weights, bool[] sums) =>
        nll.device.type == DeviceType.CPU ? Fused(nll, tokens, perLayer_N, weights, sums) : Composite(nll, tokens, perLayer_N, weights, sums);

    /// <summary>A loss with its layers joined.</summary>
    public static Tensor Joined(Tensor perLayer_N, bool sum) => sum ? perLayer_N.sum() : perLayer_N.mean();

    /// <summary>The same by libtorch's operators.</summary>
    internal static (Tensor Total, Tensor LanguageModel, Tensor[] Values) Composite(Tensor nll, double tokens, Tensor[] perLayer_N, double[] weights, bool[] sums)
    {
        var languageModel = nll / tokens;
        var values = perLayer_N.Zip(sums, Joined).ToArray();
        var total = languageModel;
        for (var i = 0; i < values.Length; i++)
        {
            if (weights[i] != 0.0)
                total += weights[i] * values[i];
        }

        return (total, languageModel, values);
    }

    private static unsafe (Tensor Total, Tensor LanguageModel, Tensor[] Values) Fused(Tensor nll, double tokens, Tensor[] perLayer_N, double[] weights, bool[] sums)
    {
        var handles = new nint[perLayer_N.Length];
        Tensor.FillHandles(perLayer_N, handles);
        fixed (nint* losses = handles)
        fixed (double* w = weights)
        fixed (bool* s = sums)
        {
            var all = s_operator.CallList(nll, tokens, Argument.Tensors(losses, handles.Length), Argument.Doubles(w, weights.Length), Argument.Bools(s, sums.Length));
            return (all[0], all[1], all[2..]);
        }
    }
}
