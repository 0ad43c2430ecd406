// R rows, C columns, N matrices of a stack.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>A weight in the two layouts that fused operators multiply with: one for the pass, one for its gradient.</summary>
/// <remarks>Made anew from the fp32 weight when that has changed since.</remarks>
public sealed class PackedWeight : IDisposable
{
    private const long Lanes = 16;
    private static readonly Operator s_pack = new("edl::pack_weights_");
    private static readonly Operator s_version = new("aten::_version");

    private readonly Tensor _weight;
    private long _packedVersion = -1;

    internal PackedWeight(Tensor weight, Precision precision)
    {
        _weight = weight;
        long rows = weight.size(-2), columns = weight.size(-1), count = weight.dim() == 3 ? weight.size(0) : 1;
        OverRows = Layout(rows, columns);
        OverColumns = Layout(columns, rows);

        Tensor Layout(long summed, long other)
        {
            var (type, step) = precision == Precision.Bf16 ? (ScalarType.BFloat16, 2) : (ScalarType.Float32, 1);
            return torch.empty([count, (other + Lanes - 1) / Lanes, (summed + step - 1) / step, Lanes, step], dtype: type).DetachFromDisposeScope();
        }
    }

    /// <summary>To be summed over the rows.</summary>
    public Tensor OverRows { get; }

    /// <summary>To be summed over the columns.</summary>
    public Tensor OverColumns { get; }

    internal bool Packs(Tensor weight) => ReferenceEquals(weight, _weight);

    /// <summary>Packs the weight if it has changed.</summary>
    internal void Refresh()
    {
        if (Version() == _packedVersion)
            return;
        s_pack.CallInPlace(_weight, OverRows, OverColumns);
        MarkPacked();
    }

    /// <summary>The layouts were just written from the weight as it is now.</summary>
    public void MarkPacked() => _packedVersion = Version();

    /// <summary>Frees the layouts.</summary>
    public void Dispose()
    {
        OverRows.Dispose();
        OverColumns.Dispose();
    }

    private long Version() => (long)s_version.CallNumber(_weight);
}
