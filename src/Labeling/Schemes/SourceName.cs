using System.Text.RegularExpressions;
using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>The source that a document belongs to, as a class: the part of its field <c>source</c> that a pattern matches.</summary>
public static class SourceName
{
    /// <summary>Up to the first colon: of <c>FILE:LINE</c> or <c>REPOSITORY:PATH</c> the first part.</summary>
    public const string DefaultPattern = "^[^:]+";

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="OptionException">It is no regular expression.</exception>
    public static Regex Pattern(string pattern)
    {
        try
        {
            return new Regex(pattern.Length == 0 ? DefaultPattern : pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException e)
        {
            throw new OptionException("labels.source_pattern", $"'{pattern}' is no regular expression: {e.Message}", $"Write for example {DefaultPattern}.");
        }
    }

    /// <summary>What the pattern matches; the whole source where it does not.</summary>
    public static string Of(string source, Regex pattern) => pattern.Match(source) is { Success: true, Length: > 0 } match ? match.Value : source;
}
