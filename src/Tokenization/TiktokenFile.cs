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

    // Every way to cut a token into two, all with the token's own rank.
    private static List<Merge> Merges(SortedDictionary<int, byte[]> ranked)
    {
        var table = new ByteKeyTable(ranked.Count);
        var ids = new List<int>(ranked.Count);
        foreach (var (rank, token) in ranked)
        {
            if (table.GetOrAdd(token) == ids.Count)
                ids.Add(rank);
        }

        var merges = new List<Merge>();
        foreach (var (rank, token) in ranked)
        {
            for (var cut = 1; cut < token.Length; cut++)
            {
                var (left, right) = (table.IndexOf(token.AsSpan(0, cut)), table.IndexOf(token.AsSpan(cut)));
                if (left >= 0 && right >= 0)
                    merges.Add(new Merge(ids[left], ids[right], rank, rank));
            }
        }

        return merges;
    }
}
