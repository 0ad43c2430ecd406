// B batch, L length, H heads, R width of a head.
using ExpertDivergence.Torch;

namespace ExpertDivergence.Modeling;

/// <summary>Rotary positions (Su et al., 2021) in the half-split form of transformers: element i turns with element i + R/2.</summary>
/// <remarks>The angles are tabulated when a longer sequence than before comes, so that a model's claim of many positions costs nothing.</remarks>
public sealed class RotaryEmbedding : IDisposable
{
    private readonly int _headDim;
    private readonly double _theta;
    private readonly Device _device;
    private long _positions;
    private Tensor? _cosine_L1R, _signedSine_L1R, _cosine_LR, _sine_LR;

    /// <summary>Prepares the angles position · θ^(−2i/R).</summary>
    /// <param name="headDim">R, even.</param>
    /// <param name="theta">θ.</param>
    /// <param name="device">Where the tables lie.</param>
    public RotaryEmbedding(int headDim, double theta, Device device) => (_headDim, _theta, _device) = (headDim, theta, device);

    /// <summary>Turns every head by its position.</summary>
    /// <param name="x_BLHR">Queries or keys, position 0 first.</param>
    public Tensor Apply(Tensor x_BLHR)
    {
        var length = x_BLHR.size(1);
        Reserve(length);
        return Turn(x_BLHR, _cosine_L1R!.narrow(0, 0, length), _signedSine_L1R!.narrow(0, 0, length));
    }

    /// <summary>Turns every head by a position given.</summary>
    /// <param name="x_BLHR">Queries or keys.</param>
    /// <param name="positions_T">The position of every token, int64, [B·L].</param>
    /// <param name="end">Above every position; the tables grow to it.</param>
    public Tensor Apply(Tensor x_BLHR, Tensor positions_T, long end)
    {
        Reserve(end);
        return Turn(x_BLHR, At(_cosine_L1R!), At(_signedSine_L1R!));

        Tensor At(Tensor table_L1R) => table_L1R.index_select(0, positions_T).view(-1, x_BLHR.size(1), 1, _headDim);
    }

    /// <summary>Cosine and sine of the angles themselves, [L, R/2] each, for the first <paramref name="length"/> positions.</summary>
    public (Tensor Cosine, Tensor Sine) Angles(long length)
    {
        Reserve(length);
        if (_cosine_LR is null || _cosine_LR.size(0) != length)
        {
            _cosine_LR?.Dispose();
            _sine_LR?.Dispose();
            (_cosine_LR, _sine_LR) = (Half(_cosine_L1R!, 0), Half(_signedSine_L1R!, _headDim / 2));
        }

        return (_cosine_LR, _sine_LR!);

        Tensor Half(Tensor table_L1R, long from) =>
            table_L1R.narrow(0, 0, length).narrow(2, from, _headDim / 2).reshape(length, _headDim / 2).contiguous().DetachFromDisposeScope();
    }

    /// <summary>Frees the tables.</summary>
    public void Dispose()
    {
        _cosine_LR?.Dispose();
        _sine_LR?.Dispose();
        (_cosine_LR, _sine_LR) = (null, null);
        _cosine_L1R?.Dispose();
        _signedSine_L1R?.Dispose();
        _positions = 0;
    }

    // Rolling by half a head swaps (a, b) to (b, a); the sign sits in the table: (a cos − b sin, b cos + a sin).
    private Tensor Turn(Tensor x_BLHR, Tensor cosine, Tensor signedSine) =>
        (x_BLHR * cosine).addcmul(x_BLHR.roll(_headDim / 2, -1), signedSine);

    private void Reserve(long positions)
    {
        if (positions <= _positions)
            return;
        Dispose();
        var half = _headDim / 2;
        var cosine = new float[positions * _headDim];
        var sine = new float[positions * _headDim];
        for (var i = 0; i < half; i++)
        {
            // Single precision on the way, as transformers has it.
            var frequency = (float)(1.0 / Math.Pow(_theta, 2f * i / _headDim));
            for (var position = 0L; position < positions; position++)
            {
                var (sin, cos) = Math.SinCos(position * frequency);
                var at = position * _headDim + i;
                cosine[at] = cosine[at + half] = (float)cos;
                sine[at + half] = (float)sin;
                sine[at] = -(float)sin;
            }
        }

        _cosine_L1R = torch.tensor(cosine, [positions, 1, _headDim], device: _device).DetachFromDisposeScope();
        _signedSine_L1R = torch.tensor(sine, [positions, 1, _headDim], device: _device).DetachFromDisposeScope();
        _positions = positions;
    }
}
