using System.Buffers;

namespace ExpertDivergence.Labeling;

/// <summary>Whether a line looks like source code, whatever the programming language.</summary>
internal static class CodeLine
{
    private static readonly SearchValues<string> s_operators = SearchValues.Create(
        ["==", "!=", "&&", "||", "->", "=>", "::", "+=", "-=", "*=", "++", "();", "[]", "</", "/>", "});", "= {", "= [", "):", "let mut ", "std::"], StringComparison.Ordinal);

    private static readonly string[] s_openings =
    [
        "//", "/*", "* ", "*/", "#include", "#define", "#!", "import ", "from ", "def ", "class ", "return", "public ", "private ", "protected ", "static ",
        "fn ", "pub ", "use ", "let mut", "var ", "const ", "func ", "package ", "using ", "namespace ", "template", "else", "elif ", "for (", "if (", "while (",
        "@", ">>>", "$ ", "print(", "assert", "SELECT ", "INSERT ", "CREATE ", "struct ", "enum ", "impl ", "try", "except", "self.", "yield ", "case ",
    ];

    public static bool LooksLikeCode(ReadOnlySpan<char> line)
    {
        // Formulas have backslashes and dollars where code has neither.
        var tex = line.Contains('\\') || line.Count('$') >= 2;
        if (tex)
            return false;
        var last = line[^1];
        if (last is ';' or '{' or '}' && line.Length < 200 || (line[0] == '`' && last == '`'))
            return true;
        var evidence = line.ContainsAny(s_operators) ? 2 : 0;
        foreach (var opening in s_openings)
        {
            if (line.StartsWith(opening, StringComparison.Ordinal))
            {
                evidence += opening is "from " or "class " or "return" or "use " or "else" or "try" or "case " or "@" or "* " or "static " or "public " or "private " or "except" ? 1 : 2;
                break;
            }
        }

        if (last is ':' or ')' or ',' or '(' or '[' or ']')
            evidence += line.Contains('=') || line.Contains('(') ? 1 : 0;
        if (IsAssignmentOrCall(line))
            evidence++;
        return evidence >= 2;
    }

    // name = …, name.name(…), name_name
    private static bool IsAssignmentOrCall(ReadOnlySpan<char> line)
    {
        var letters = 0;
        while (letters < line.Length && (char.IsAsciiLetterOrDigit(line[letters]) || line[letters] is '_' or '.'))
            letters++;
        if (letters < 2 || letters == line.Length)
            return false;
        var name = line[..letters];
        return line[letters] == '(' || name.Contains('_') || line[letters..].StartsWith(" = ", StringComparison.Ordinal);
    }
}
