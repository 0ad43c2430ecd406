using System.Text;
using System.Text.RegularExpressions;

namespace ExpertDivergence.Data.Fetching;

/// <summary>Selects files by patterns in the hub's own sense: <c>*</c> stands for any characters, <c>/</c> among them, <c>?</c> for one,
/// <c>[ab]</c> and <c>[!ab]</c> for one of a set; a pattern that ends with <c>/</c> is the whole folder. Case counts.</summary>
public sealed class FilePatterns
{
    private readonly Regex[] _include;
    private readonly Regex[] _exclude;

    /// <summary>Takes the patterns.</summary>
    /// <param name="include">Files wanted; none means all.</param>
    /// <param name="exclude">Files not wanted.</param>
    public FilePatterns(IEnumerable<string> include, IEnumerable<string> exclude)
    {
        _include = [.. include.Select(Compile)];
        _exclude = [.. exclude.Select(Compile)];
    }

    /// <summary>Whether the file is selected.</summary>
    public bool Selects(string path) => (_include.Length == 0 || _include.Any(p => p.IsMatch(path))) && !_exclude.Any(p => p.IsMatch(path));

    // Non-backtracking: a pattern costs time linear in the name, whatever it is.
    private static Regex Compile(string pattern) => new(Translate(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);

    private static string Translate(string pattern)
    {
        if (pattern.EndsWith('/'))
            pattern += "*";
        var regex = new StringBuilder(@"\A");
        for (var i = 0; i < pattern.Length; i++)
        {
            var close = pattern[i] == '[' && i + 2 < pattern.Length ? pattern.IndexOf(']', i + 2) : -1;
            if (close > 0)
            {
                regex.Append(Set(pattern[(i + 1)..close]));
                i = close;
                continue;
            }

            regex.Append(pattern[i] switch { '*' => ".*", '?' => ".", var c => Regex.Escape(c.ToString()) });
        }

        return regex.Append(@"\z").ToString();
    }

    private static string Set(string inside)
    {
        var negated = inside.StartsWith('!');
        var escaped = new StringBuilder();
        foreach (var c in negated ? inside[1..] : inside)
            escaped.Append(c is '\\' or '[' or ']' or '^' ? $"\\{c}" : c.ToString());
        return $"[{(negated ? "^" : "")}{escaped}]";
    }
}
