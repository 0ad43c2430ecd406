using System.Collections.Frozen;

namespace ExpertDivergence.Labeling;

/// <summary>The signs of mathematics in a line: TeX, symbols, equations, sums and the words that theorems are made of.</summary>
internal static class MathEvidence
{
    private static readonly FrozenDictionary<string, double>.AlternateLookup<ReadOnlySpan<char>> s_words =
        MathWords.English.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_notMathematics =
        MathWords.TexOfDocuments.GetAlternateLookup<ReadOnlySpan<char>>();

    public static void Count(ReadOnlySpan<char> line, ref TextStatistics s)
    {
        Span<char> lower = stackalloc char[24];
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (char.IsAsciiLetter(c))
            {
                var start = i;
                while (i + 1 < line.Length && char.IsAsciiLetter(line[i + 1]))
                    i++;
                var word = line[start..(i + 1)];
                if (word.Length is > 2 and < 24)
                {
                    word.ToLowerInvariant(lower);
                    if (s_words.TryGetValue(lower[..word.Length], out var weight))
                        s.Mathematics += weight;
                }
            }
            else if (c == '\\')
            {
                i = Command(line, i, ref s);
            }
            else if (c == '$')
            {
                i = Formula(line, i, ref s);
            }
            else if (c == '=')
            {
                s.Mathematics += IsEquation(line, i) ? 2 : 0;
            }
            else if (c is '+' or '*' or '/' or '-' or '^')
            {
                s.Mathematics += IsBetweenOperands(line, i) ? (c == '^' ? 1.5 : c is '/' or '-' ? 0.3 : 0.8) : 0;
            }
            else if (c > 127)
            {
                s.Mathematics += Symbol(c);
                if (TextFeatures.IsHan(c))
                    s.Mathematics += Chinese(line, i);
            }
        }
    }

    private static int Command(ReadOnlySpan<char> line, int at, ref TextStatistics s)
    {
        var end = at + 1;
        while (end < line.Length && char.IsAsciiLetter(line[end]))
            end++;
        var name = line[(at + 1)..end];
        if (name.Length == 0)
        {
            s.Mathematics += end < line.Length && line[end] is '[' or '(' ? 1 : 0;
            return at;
        }

        if (name.Length > 1 && !s_notMathematics.Contains(name))
            s.Mathematics += 1;
        return end - 1;
    }

    // $…$ counts as a formula where what it holds is one, so that prices are none.
    private static int Formula(ReadOnlySpan<char> line, int at, ref TextStatistics s)
    {
        var length = line[(at + 1)..].IndexOf('$');
        if (length is <= 0 or > 300)
            return at;
        var inner = line.Slice(at + 1, length);
        if (inner.ContainsAny("\\^_=") || (length <= 3 && char.IsAsciiLetter(inner[0])) || (inner.ContainsAny('(', '+') && !inner.Contains("  ", StringComparison.Ordinal) && length < 30))
            s.Mathematics += 2;
        return at;
    }

    // = with an operand on either side: a number, a lone letter, a bracket.
    private static bool IsEquation(ReadOnlySpan<char> line, int at)
    {
        if (at == 0 || at + 1 >= line.Length || line[at + 1] is '=' or '>' or '"' or '\'' || line[at - 1] is '=' or '!' or '<' or '>' or '+' or '-' or '*' or ':')
            return false;
        var (left, right) = (Back(line, at), Ahead(line, at));
        return left >= 0 && right >= 0 && EndsOperand(line, left) && BeginsOperand(line, right);
    }

    private static bool IsBetweenOperands(ReadOnlySpan<char> line, int at)
    {
        var (left, right) = (Back(line, at), Ahead(line, at));
        if (left < 0 || right < 0 || !EndsOperand(line, left) || !BeginsOperand(line, right))
            return false;
        // 2004-05-17, 24/7 and A-B are no sums; with space on both sides they are.
        return line[at] is '+' or '^' || (left < at - 1 && right > at + 1);
    }

    private static int Back(ReadOnlySpan<char> line, int at)
    {
        while (--at >= 0 && line[at] == ' ')
        {
        }

        return at;
    }

    private static int Ahead(ReadOnlySpan<char> line, int at)
    {
        while (++at < line.Length && line[at] == ' ')
        {
        }

        return at < line.Length ? at : -1;
    }

    private static bool EndsOperand(ReadOnlySpan<char> line, int at) => char.IsDigit(line[at]) || line[at] is ')' or ']' or '}' or '%' or '²' or '³' || IsLoneLetter(line, at);

    private static bool BeginsOperand(ReadOnlySpan<char> line, int at) =>
        char.IsDigit(line[at]) || line[at] is '(' or '\\' or '√' or '∫' or '∑' || (line[at] is '-' or '−' or '$' && at + 1 < line.Length && char.IsDigit(line[at + 1])) || IsLoneLetter(line, at);

    private static bool IsLoneLetter(ReadOnlySpan<char> line, int at) =>
        (char.IsAsciiLetter(line[at]) || line[at] is >= 'α' and <= 'ω')
        && (at == 0 || !char.IsAsciiLetter(line[at - 1])) && (at + 1 == line.Length || !char.IsAsciiLetter(line[at + 1]));

    private static double Symbol(char c) => c switch
    {
        >= '\u2200' and <= '\u22FF' => 1.5,
        >= '\u2A00' and <= '\u2AFF' => 1.5,
        >= 'Α' and <= 'ω' => 0.7,
        '±' or '÷' or '√' or '′' or '²' or '³' or '⁻' or 'ⁿ' or '−' => 0.7,
        '×' or '→' or '⇒' or '⇔' or '∘' or '½' or '≤' or '≥' => 0.7,
        >= '\u2100' and <= '\u214F' => 0.7,
        '\uD835' => 1,
        _ => 0,
    };

    private static double Chinese(ReadOnlySpan<char> line, int at)
    {
        foreach (var (word, weight) in MathWords.ChineseFrom(line[at]))
            if (line[at..].StartsWith(word, StringComparison.Ordinal))
                return weight;
        return 0;
    }
}
