using System.Globalization;
using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>Reads the rank files of tiktoken (<c>.tiktoken</c>): a token in base64, a space and its rank, which is its id, on each line.</summary>
public static class TiktokenFile
{
    /// <summary>Reads a tokenizer. Two tokens merge if their bytes together are a token, whose rank is then the merge's.</summary>
    /// <param name="path">The file.</param>
    /// <param name="pattern">The name of the pre-tokenisation pattern, which the file does not tell: <c>cl100k</c> or <c>o200k</c>, for example.</param>
    /// <param name="addedTokens">Special tokens, which the file does not hold either.</param>
    /// <exception cref="InputException">The file is missing or damaged.</exception>
    /// <exception cref="OptionException">There is no such pattern.</exception>
    public static BpeTokenizer Read(string path, string pattern, IReadOnlyList<AddedToken>? addedTokens = null)
    {
        var preTokenizer = PreTokenizers.Named(pattern);
        if (!File.Exists(path))
            throw TokenizerErrors.Missing(path, "a file of ranks such as cl100k_base.tiktoken");
        var ranked = new SortedDictionary<int, byte[]>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0)
                continue;
            if (Parse(line) is not var (token, rank) || !ranked.TryAdd(rank, token))
                throw TokenizerErrors.Damaged(path, number, "not a token in base64, a space and a rank of its own");
        }

        if (ranked.Count == 0)
            throw TokenizerErrors.Damaged(path, null, "the file is empty");
        var tokens = new byte[]?[ranked.Keys.Last() + 1];
        foreach (var (rank, token) in ranked)
            tokens[rank] = token;
        try
        {
            return new BpeTokenizer(new BpeModel
            {
                Tokens = tokens,
                Merges = Merges(ranked),
                PreTokenizer = preTokenizer,
                AddedTokens = addedTokens ?? [],
                IgnoreMerges = true,
            });
        }
        catch (ArgumentException e)
        {
            throw TokenizerErrors.Damaged(path, null, e.Message.TrimEnd('.'));
        }
    }

    private static (byte[] Token, int Rank)? Parse(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var token = new byte[line.Length];
        return space > 0 && Convert.TryFromBase64Chars(line.AsSpan(0, space), token, out var length) && length > 0
            && int.TryParse(line.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var rank) && rank <= 1 << 24
            ? (token[..length], rank)
            : null;
    }

    // The two halves of a token are those that merging its bytes by the lower ranks ends with; no other cut of it can ever come up,
    // for what lies around a token's bytes cannot change the order of the merges inside. Where more than two are left, the ranks
    // are in no learnt order, and every way to cut the token is a merge.
    private static List<Merge> Merges(SortedDictionary<int, byte[]> ranked)
    {
        var ids = new ByteKeyTable(ranked.Count);
        var ranks = new List<int>(ranked.Count);
        var bytes = new int[256];
        foreach (var (rank, token) in ranked)
        {
            if (ids.GetOrAdd(token) == ranks.Count)
                ranks.Add(rank);
            if (token.Length == 1)
                bytes[token[0]] = rank;
        }

        var merges = new List<Merge>(ranked.Count);
        var table = new MergeTable([]);
        var parts = new int[ranked.Values.Max(t => t.Length)];
        foreach (var (rank, token) in ranked)
        {
            for (var i = 0; i < token.Length; i++)
                parts[i] = bytes[token[i]];
            if (token.Length == 1)
                continue;
            if (MergeLoop.Run(table, parts.AsSpan(0, token.Length)) == 2)
            {
                Add(parts[0], parts[1], rank);
                continue;
            }

            for (var cut = 1; cut < token.Length; cut++)
            {
                var (left, right) = (ids.IndexOf(token.AsSpan(0, cut)), ids.IndexOf(token.AsSpan(cut)));
                if (left >= 0 && right >= 0)
                    Add(ranks[left], ranks[right], rank);
            }
        }

        return merges;

        void Add(int left, int right, int rank)
        {
            merges.Add(new Merge(left, right, rank, rank));
            table.Add(merges[^1]);
        }
    }
}
