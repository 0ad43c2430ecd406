// B sequences, G key/value heads, S = B·G, C slots of a sequence, U slots in use, L new tokens of each, T = B·L, Q queries per key, R head width.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>The next tokens of a cache's sequences on their way through the layers.</summary>
internal sealed class CacheStep
{
    private readonly KeyValueCache _cache;
    private readonly int[] _after;
    private readonly Tensor? _slots;
    private readonly long _used;

    public CacheStep(KeyValueCache cache, ModelOptions options, Device device, int[] before, int[] after, long length, long used, long slots)
    {
        (_cache, _after, _used, End) = (cache, after, used, slots);

        // Sequences that begin see but their own tokens, as without a cache.
        if (before.All(held => held == 0))
            return;
        int batch = before.Length, keyHeads = options.KvHeads, group = options.Heads / keyHeads;
        var positions = new long[batch * length];
        var rows = new long[batch * keyHeads * length];
        var mask = new float[batch * length * used];
        for (var b = 0; b < batch; b++)
        {
            for (var i = 0; i < length; i++)
            {
                var position = before[b] + i;
                positions[(b * length) + i] = position;
                mask.AsSpan((int)((((b * length) + i) * used) + position + 1), (int)(used - position - 1)).Fill(float.NegativeInfinity);
                for (var head = 0; head < keyHeads; head++)
                    rows[(((b * keyHeads) + head) * length) + i] = (((b * keyHeads) + head) * slots) + position;
            }
        }

        Positions = torch.tensor(positions, device: device);
        _slots = torch.tensor(rows, device: device);
        Mask = torch.tensor(mask, [batch, 1, 1, length, used], device: device)
            .expand(batch, keyHeads, group, length, used).reshape(batch * keyHeads, group * length, used);
    }

    /// <summary>Where each token stands, [T]; null for 0 to L − 1 in each sequence.</summary>
    public Tensor? Positions { get; }

    /// <summary>Above every position, and the same for many steps.</summary>
    public long End { get; }

    /// <summary>What each query sees, 0 or −∞, [S, Q·L, U]; null for the causal mask of the L tokens alone.</summary>
    public Tensor? Mask { get; }

    /// <summary>Takes the new keys and values of a layer, [S, L, R]; gives those that the new queries look at, [S, U, R].</summary>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor k_SLR, Tensor v_SLR)
    {
        var (k_SCR, v_SCR) = _cache.At(layer);
        if (_slots is null)
        {
            k_SCR.narrow(1, 0, _used).copy_(k_SLR);
            v_SCR.narrow(1, 0, _used).copy_(v_SLR);
            return (k_SLR, v_SLR);
        }

        var width = k_SLR.size(2);
        k_SCR.view(-1, width).index_copy_(0, _slots, k_SLR.reshape(-1, width));
        v_SCR.view(-1, width).index_copy_(0, _slots, v_SLR.reshape(-1, width));
        return (k_SCR.narrow(1, 0, _used), v_SCR.narrow(1, 0, _used));
    }

    /// <summary>Counts the tokens as held, once every layer has them.</summary>
    public void Complete() => _cache.Complete(_after);
}
