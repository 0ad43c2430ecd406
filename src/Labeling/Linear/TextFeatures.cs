namespace ExpertDivergence.Labeling;

/// <summary>Counts a text's hashed n-grams: words, pairs of words and beginnings of words where letters stand, n-grams of characters where Han
/// characters stand. Case is folded; whatever is neither letter nor digit only separates.</summary>
/// <remarks>Keeps the counts of one document at a time; one instance a thread.</remarks>
public sealed class TextFeatures
{
    private const ulong Prime = 0x100000001B3, Basis = 0xCBF29CE484222325, PrefixSalt = 0x9E3779B97F4A7C15;

    private readonly FeatureOptions _options;
    private readonly ushort[] _counts;
    private readonly int _shift;
    private int[] _touched = new int[1024];
    private int _used;

    /// <summary>Makes the table of counts.</summary>
    /// <exception cref="Core.OptionException">An option is out of range.</exception>
    public TextFeatures(FeatureOptions options)
    {
        options.Validate();
        _options = options;
        _counts = new ushort[1 << options.BucketBits];
        _shift = 64 - options.BucketBits;
    }

    /// <summary>The buckets that the last text touched, in the order of first occurrence.</summary>
    public ReadOnlySpan<int> Buckets => _touched.AsSpan(0, _used);

    /// <summary>How often the last text touched a bucket; at most 65535.</summary>
    public int Count(int bucket) => _counts[bucket];

    /// <summary>Counts a text.</summary>
    /// <returns>The characters read.</returns>
    public int Read(ReadOnlySpan<char> text)
    {
        foreach (var bucket in Buckets)
            _counts[bucket] = 0;
        _used = 0;
        if (text.Length > _options.MaxCharacters)
            text = text[.._options.MaxCharacters];
        var at = 0;
        var previousWord = 0UL;
        while (at < text.Length)
        {
            var c = text[at];
            if (IsHan(c))
            {
                at = ReadHan(text, at);
                previousWord = 0;
            }
            else if (IsWord(c))
            {
                at = ReadWord(text, at, ref previousWord);
            }
            else
            {
                at++;
            }
        }

        return text.Length;
    }

    /// <summary>Whether a UTF-16 unit is a Han character of the basic plane.</summary>
    internal static bool IsHan(char c) => c is >= '\u4E00' and <= '\u9FFF' or >= '\u3400' and <= '\u4DBF' or >= '\uF900' and <= '\uFAFF';

    private static bool IsWord(char c) => c < 128 ? char.IsAsciiLetterOrDigit(c) : char.IsLetterOrDigit(c) && !IsHan(c);

    private int ReadWord(ReadOnlySpan<char> text, int at, ref ulong previousWord)
    {
        var start = at;
        var hash = Basis;
        var prefix = 0UL;
        for (; at < text.Length && IsWord(text[at]); at++)
        {
            var c = text[at];
            hash = (hash ^ (c < 128 ? (char)(c | (c is >= 'A' and <= 'Z' ? 0x20 : 0)) : char.ToLowerInvariant(c))) * Prime;
            if (at - start + 1 == _options.PrefixLetters)
                prefix = hash;
        }

        Add(hash);
        if (prefix != 0 && at - start > _options.PrefixLetters)
            Add(prefix ^ PrefixSalt);
        if (_options.WordPairs && previousWord != 0)
            Add((previousWord * 31) ^ hash);
        previousWord = hash;
        return at;
    }

    private int ReadHan(ReadOnlySpan<char> text, int at)
    {
        ulong one = 0, two = 0;
        for (; at < text.Length && IsHan(text[at]); at++)
        {
            var hash = (Basis ^ text[at]) * Prime;
            Add(hash);
            var pair = one == 0 ? 0 : (one * 31) ^ hash;
            if (pair != 0 && _options.HanGrams > 1)
                Add(pair);
            if (two != 0 && _options.HanGrams > 2)
                Add((two * 37) ^ hash);
            (one, two) = (hash, pair);
        }

        return at;
    }

    private void Add(ulong hash)
    {
        var bucket = (int)((hash * PrefixSalt) >> _shift);
        ref var count = ref _counts[bucket];
        if (count == 0)
        {
            if (_used == _touched.Length)
                Array.Resize(ref _touched, 2 * _used);
            _touched[_used++] = bucket;
        }

        if (count < ushort.MaxValue)
            count++;
    }
}
