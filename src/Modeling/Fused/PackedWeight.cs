// R rows, C columns, N matrices of a stack.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>A weight in the two layouts that fused operators multiply with: one for the pass, one for its gradient.</summary>
/// <remarks>Made anew from the fp32 weight when that has changed since.</remarks>
public sealed class PackedWeight : IDisposable
{
    private static readonly Operator s_allocate = new("edl::pack_weights");
    private static readonly Operator s_pack = new("edl::pack_weights_");

    private readonly Tensor _weight;
    private long _packedVersion = -1;

    internal PackedWeight(Tensor weight, Precision precision)
    {
        _weight = weight;
        using var noGrad = torch.no_grad();
        var (overRows, overColumns) = s_allocate.Call2(weight, precision == Precision.Bf16);
        (OverRows, OverColumns) = (overRows.DetachFromDisposeScope(), overColumns.DetachFromDisposeScope());
        MarkPacked();
    }

    /// <summary>To be summed over the rows.</summary>
    public Tensor OverRows { get; }

    /// <summary>To be summed over the columns.</summary>
    public Tensor OverColumns { get; }

    internal bool Packs(Tensor weight) => ReferenceEquals(weight, _weight);

    /// <summary>Packs the weight if it has changed.</summary>
    internal void Refresh()
    {
        if (_weight.Version == _packedVersion)
            return;
        s_pack.CallInPlace(_weight, OverRows, OverColumns);
        MarkPacked();
    }

    /// <summary>The layouts were just written from the weight as it is now.</summary>
    public void MarkPacked() => _packedVersion = _weight.Version;

    /// <summary>Frees the layouts.</summary>
    public void Dispose()
    {
        OverRows.Dispose();
        OverColumns.Dispose();
    }
}
