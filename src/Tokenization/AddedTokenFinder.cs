using System.Buffers;
using System.Globalization;
using System.Text;

namespace ExpertDivergence.Tokenization;

/// <summary>Finds added tokens written in a text: the leftmost, of several that begin there the longest.</summary>
internal sealed class AddedTokenFinder
{
    private readonly AddedToken[] _tokens; // the longest first
    private readonly SearchValues<string> _contents;

    public AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens.OrderByDescending(t => t.Content.Length)];
        _contents = SearchValues.Create([.. _tokens.Select(t => t.Content)], StringComparison.Ordinal);
    }

    public bool IsEmpty => _tokens.Length == 0;

    /// <summary>The first added token of the text and what it takes up there, white space that belongs to it included.</summary>
    public bool TryFind(ReadOnlySpan<char> text, out (AddedToken Token, int Start, int End) found)
    {
        found = default;
        if (IsEmpty)
            return false;
        for (var from = 0; text[from..].IndexOfAny(_contents) is var next && next >= 0;)
        {
            var start = from + next;
            var token = LongestAt(text[start..]);
            var end = start + token.Content.Length;
            from = end;
            if (token.WholeWord && (EndsWithWord(text[..start]) || BeginsWithWord(text[end..])))
                continue;
            if (token.TakesSpaceBefore)
                start = text[..start].TrimEnd().Length;
            if (token.TakesSpaceBehind)
                end = text.Length - text[end..].TrimStart().Length;
            found = (token, start, end);
            return true;
        }

        return false;
    }

    private AddedToken LongestAt(ReadOnlySpan<char> text)
    {
        foreach (var token in _tokens)
        {
            if (text.StartsWith(token.Content, StringComparison.Ordinal))
                return token;
        }

        throw new InvalidOperationException("an added token was found that is none");
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) => Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) => Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) is
        <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation || rune.Value is 0x200C or 0x200D;
}
