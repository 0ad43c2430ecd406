using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ExpertDivergence.Core;

/// <summary>A random stream named by a seed and a purpose: the same name gives the same numbers on every machine and version.</summary>
/// <remarks>xoshiro256** (Blackman and Vigna, 2018), its state the SHA-256 of the name, so that streams of different purposes
/// are independent and adding one moves no other.</remarks>
public sealed class KeyedRandom
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>Opens the stream of a seed and a purpose, for example <c>new KeyedRandom(1, "order", "epoch-3")</c>.</summary>
    public KeyedRandom(long seed, params ReadOnlySpan<string> purpose)
    {
        var name = new StringBuilder().Append(System.Globalization.CultureInfo.InvariantCulture, $"{seed}");
        foreach (var part in purpose)
            name.Append('\n').Append(part);
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(name.ToString()), digest);
        _s0 = BinaryPrimitives.ReadUInt64LittleEndian(digest);
        _s1 = BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]);
        _s2 = BinaryPrimitives.ReadUInt64LittleEndian(digest[16..]);
        _s3 = BinaryPrimitives.ReadUInt64LittleEndian(digest[24..]);
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        var result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 … <paramref name="count"/> − 1, without bias.</summary>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var bound = (ulong)count;
        var reject = (0 - bound) % bound;
        ulong bits;
        do bits = NextUInt64();
        while (bits < reject);
        return (int)(bits % bound);
    }

    /// <summary>Standard normal (Box and Muller).</summary>
    public double NextGaussian()
    {
        var radius = Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble()));
        return radius * Math.Cos(2.0 * Math.PI * NextDouble());
    }

    /// <summary>One of the items.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[NextInt(items.Count)];

    /// <summary>Puts the items in a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The generator's state, to be resumed with <see cref="Restore"/>.</summary>
    public ulong[] Capture() => [_s0, _s1, _s2, _s3];

    /// <summary>Takes up a captured state.</summary>
    public void Restore(ReadOnlySpan<ulong> state) => (_s0, _s1, _s2, _s3) = (state[0], state[1], state[2], state[3]);
}
