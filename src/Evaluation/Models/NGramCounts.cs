using System.Runtime.InteropServices;

namespace ExpertDivergence.Evaluation;

/// <summary>Counts of the n-grams of one order, sorted by context and token: 16 bytes for each different one.</summary>
internal sealed class NGramCounts
{
    public const int BitsPerToken = 21;

    private readonly ulong[] _keys;
    private readonly long[] _before;

    private NGramCounts(ulong[] keys, long[] before) => (_keys, _before) = (keys, before);

    /// <summary>The followers of a context: where they lie, how often it was seen, how many different there are.</summary>
    public readonly record struct Range(int Begin, int End, ulong Prefix, long Total)
    {
        public int Distinct => End - Begin;
    }

    /// <summary>The most frequent n-gram's last token; ties go to the lowest; 0 where nothing was counted.</summary>
    public int MostFrequent
    {
        get
        {
            var best = 0;
            for (var i = 1; i < _keys.Length; i++)
            {
                if (CountAt(i) > CountAt(best))
                    best = i;
            }

            return _keys.Length == 0 ? 0 : Token(_keys[best]);
        }
    }

    public static ulong Key(ReadOnlySpan<int> tokens)
    {
        var key = 0UL;
        foreach (var token in tokens)
            key = (key << BitsPerToken) | (uint)token;
        return key;
    }

    public static NGramCounts Of(List<ulong> occurrences)
    {
        var sorted = CollectionsMarshal.AsSpan(occurrences);
        sorted.Sort();
        var keys = new List<ulong>();
        var before = new List<long>();
        for (var i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && sorted[i] == sorted[i - 1])
                continue;
            keys.Add(sorted[i]);
            before.Add(i);
        }

        return new NGramCounts([.. keys], [.. before, sorted.Length]);
    }

    public Range Followers(ReadOnlySpan<int> context)
    {
        var prefix = Key(context) << BitsPerToken;
        var begin = LowerBound(prefix, 0);
        var end = LowerBound(prefix + (1UL << BitsPerToken), begin);
        return new Range(begin, end, prefix, _before[end] - _before[begin]);
    }

    public long Count(Range followers, int token)
    {
        var at = Array.BinarySearch(_keys, followers.Begin, followers.Distinct, followers.Prefix | (uint)token);
        return at < 0 ? 0 : CountAt(at);
    }

    public IEnumerable<(int Token, long Count)> Of(Range followers)
    {
        for (var i = followers.Begin; i < followers.End; i++)
            yield return (Token(_keys[i]), CountAt(i));
    }

    private static int Token(ulong key) => (int)(key & ((1UL << BitsPerToken) - 1));

    private long CountAt(int index) => _before[index + 1] - _before[index];

    private int LowerBound(ulong key, int from)
    {
        var (low, high) = (from, _keys.Length);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (_keys[middle] < key)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
