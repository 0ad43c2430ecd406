using System.Numerics;
using System.Runtime.InteropServices;

namespace ExpertDivergence.Data;

/// <summary>A set of hashes that are uniform already, in little memory: at most 1.5 times a hash's own size each, once there are many.</summary>
/// <remarks>Open addressing in 256 segments that grow by a fifth, each for itself, so that no growth ever holds the whole set twice.
/// The memory is the system's own: what a segment gives up when it grows is returned at once.</remarks>
internal sealed unsafe class CompactHashSet<T>
    where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
{
    private const int Segments = 256;
    private const double FullAt = 0.88;
    private const double Growth = 1.2;
    private const int Smallest = 16;

    private readonly T*[] _slots = new T*[Segments];
    private readonly int[] _capacity = new int[Segments];
    private readonly int[] _count = new int[Segments];

    ~CompactHashSet()
    {
        foreach (var segment in _slots)
            NativeMemory.Free(segment);
    }

    /// <summary>Hashes held.</summary>
    public long Count { get; private set; }

    /// <summary>Memory of the slots.</summary>
    public long Bytes => _capacity.Sum(c => (long)c) * sizeof(T);

    /// <summary>Adds a hash; false where it is there already.</summary>
    public bool Add(T hash)
    {
        hash = Marked(hash);
        var segment = SegmentOf(hash);
        if (_count[segment] >= _capacity[segment] * FullAt)
            Grow(segment);
        if (!Insert(_slots[segment], _capacity[segment], hash))
            return false;
        _count[segment]++;
        Count++;
        GC.KeepAlive(this);
        return true;
    }

    /// <summary>Whether the hash is there.</summary>
    public bool Contains(T hash)
    {
        hash = Marked(hash);
        var segment = SegmentOf(hash);
        var slots = _slots[segment];
        var capacity = _capacity[segment];
        if (capacity == 0)
            return false;
        var found = false;
        for (var i = Home(hash, capacity); !found && slots[i] != T.Zero; i = i + 1 == capacity ? 0 : i + 1)
            found = slots[i] == hash;
        GC.KeepAlive(this);
        return found;
    }

    // 0 marks a free slot.
    private static T Marked(T hash) => hash == T.Zero ? T.One : hash;

    private static int SegmentOf(T hash) => (int)(ulong.CreateTruncating(hash) & (Segments - 1));

    private static int Home(T hash, int capacity) => (int)(((ulong.CreateTruncating(hash) >> 32) * (ulong)capacity) >> 32);

    private static bool Insert(T* slots, int capacity, T hash)
    {
        var i = Home(hash, capacity);
        for (; slots[i] != T.Zero; i = i + 1 == capacity ? 0 : i + 1)
            if (slots[i] == hash)
                return false;
        slots[i] = hash;
        return true;
    }

    private void Grow(int segment)
    {
        var old = _slots[segment];
        var oldCapacity = _capacity[segment];
        var capacity = Math.Max(Smallest, checked((int)(oldCapacity * Growth)));
        var slots = (T*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(T));
        for (var i = 0; i < oldCapacity; i++)
            if (old[i] != T.Zero)
                Insert(slots, capacity, old[i]);
        _slots[segment] = slots;
        _capacity[segment] = capacity;
        NativeMemory.Free(old);
    }
}
