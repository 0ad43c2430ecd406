using System.Numerics;

namespace ExpertDivergence.Tokenization;

/// <summary>Which pairs of tokens merge, how early, and into what. The lower the rank, the earlier.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that never merges.</summary>
    public const int Never = int.MaxValue;

    // A slot is a pair and its rank in one number: 21 bits each for the tokens, 22 for the rank. What is looked for is mostly not
    // there, and the fewer lines of the cache the table fills, the sooner that is known.
    private const int IdBits = 21;
    private const int RankBits = 22;
    private const ulong Free = ulong.MaxValue;
    private const int Bytes = 256; // the first ids are single bytes in nearly every vocabulary, and every merge begins with those

    private readonly int[] _byteRanks = new int[Bytes * Bytes];

    private ulong[] _slots = [];
    private int[] _results = [];
    private int _shift;
    private int _count;

    /// <param name="merges">The pairs. Pairs of one rank must have one result; of a pair given twice the last counts, as in the
    /// reference implementations.</param>
    public MergeTable(IReadOnlyCollection<Merge> merges)
    {
        Array.Fill(_byteRanks, Never);
        Resize(merges.Count);
        foreach (var merge in merges)
            Add(merge);
    }

    /// <summary>One more than the largest rank.</summary>
    public int Ranks => _results.Length;

    /// <summary>Adds a pair.</summary>
    public void Add(Merge merge)
    {
        if ((merge.Left | merge.Right) >> IdBits != 0 || merge.Rank >> RankBits != 0 || (merge.Left & merge.Right) == (1 << IdBits) - 1)
            throw new ArgumentException($"A vocabulary has at most {(1 << IdBits) - 1} tokens and {1 << RankBits} merges.");
        if (2 * _count >= _slots.Length)
            Resize(2 * _count);
        if (merge.Rank >= _results.Length)
            Array.Resize(ref _results, Math.Max(merge.Rank + 1, _results.Length + (_results.Length / 2)));
        Put(Key(merge.Left, merge.Right), merge.Rank);
        if ((merge.Left | merge.Right) < Bytes)
            _byteRanks[(merge.Left * Bytes) + merge.Right] = merge.Rank;
        _results[merge.Rank] = merge.Result;
    }

    /// <summary>The token that a merge of this rank gives.</summary>
    public int ResultOf(int rank) => _results[rank];

    /// <summary>The rank of the pair's merge, or <see cref="Never"/>.</summary>
    public int RankOf(int left, int right)
    {
        if ((left | right) < Bytes)
            return _byteRanks[(left * Bytes) + right];
        var slot = _slots[SlotOf(Key(left, right))];
        return slot == Free ? Never : (int)(slot & ((1 << RankBits) - 1));
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << IdBits) | (uint)right;

    private int SlotOf(ulong pair)
    {
        var slots = _slots;
        var slot = (int)((pair * 0x9E3779B97F4A7C15) >> _shift);
        while (slots[slot] >> RankBits != pair && slots[slot] != Free)
            slot = (slot + 1) & (slots.Length - 1);
        return slot;
    }

    private void Put(ulong pair, int rank)
    {
        ref var slot = ref _slots[SlotOf(pair)];
        if (slot == Free)
            _count++;
        slot = (pair << RankBits) | (uint)rank;
    }

    private void Resize(int merges)
    {
        var old = _slots;
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, (2 * merges) + 1));
        _slots = new ulong[size];
        _shift = 64 - BitOperations.Log2(size);
        _count = 0;
        Array.Fill(_slots, Free);
        foreach (var slot in old)
        {
            if (slot != Free)
                Put(slot >> RankBits, (int)(slot & ((1 << RankBits) - 1)));
        }
    }
}

/// <summary>A rule of byte-pair encoding: the tokens <paramref name="Left"/> and <paramref name="Right"/>, side by side, become <paramref name="Result"/>.</summary>
/// <param name="Left">The left token's id.</param>
/// <param name="Right">The right token's id.</param>
/// <param name="Result">The merged token's id.</param>
/// <param name="Rank">Its place among the rules: lower ones are applied first, of equal ones the leftmost in the text.</param>
public readonly record struct Merge(int Left, int Right, int Result, int Rank);
