using System.Numerics;

namespace ExpertDivergence.Tokenization;

/// <summary>Which pairs of tokens merge, how early, and into what. The lower the rank, the earlier.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that never merges.</summary>
    public const int Never = int.MaxValue;

    private const ulong Free = ulong.MaxValue;

    private readonly (ulong Pair, int Rank)[] _slots;
    private readonly int _shift;

    /// <param name="merges">The pairs. Pairs of one rank must have one result; of a pair given twice the last counts, as in the
    /// reference implementations.</param>
    public MergeTable(IReadOnlyList<Merge> merges)
    {
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * merges.Count + 1));
        _slots = new (ulong, int)[size];
        _shift = 64 - BitOperations.Log2(size);
        Array.Fill(_slots, (Free, Never));
        Results = new int[merges.Count == 0 ? 0 : merges.Max(m => m.Rank) + 1];
        foreach (var merge in merges)
        {
            var pair = Key(merge.Left, merge.Right);
            _slots[SlotOf(pair)] = (pair, merge.Rank);
            Results[merge.Rank] = merge.Result;
        }
    }

    /// <summary>The token that a merge of each rank gives.</summary>
    public int[] Results { get; }

    /// <summary>The rank of the pair's merge, or <see cref="Never"/>.</summary>
    public int RankOf(int left, int right) => _slots[SlotOf(Key(left, right))].Rank;

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private int SlotOf(ulong pair)
    {
        var slot = (int)((pair * 0x9E3779B97F4A7C15) >> _shift);
        while (_slots[slot].Pair != pair && _slots[slot].Pair != Free)
            slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }
}

/// <summary>A rule of byte-pair encoding: the tokens <paramref name="Left"/> and <paramref name="Right"/>, side by side, become <paramref name="Result"/>.</summary>
/// <param name="Left">The left token's id.</param>
/// <param name="Right">The right token's id.</param>
/// <param name="Result">The merged token's id.</param>
/// <param name="Rank">Its place among the rules: lower ones are applied first, of equal ones the leftmost in the text.</param>
public readonly record struct Merge(int Left, int Right, int Result, int Rank);
