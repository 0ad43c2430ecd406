using System.Globalization;
using System.Text;
using CsvHelper;

namespace ExpertDivergence.Labeling;

/// <summary>Words and phrases of a language that speak for topics: <c>data/lexicons/LANGUAGE.csv</c>, <c>word,topic,weight</c>.</summary>
public sealed class Lexicon
{
    private static readonly Lazy<Lexicon> s_english = new(() => ReadBuiltIn("en")), s_chinese = new(() => ReadBuiltIn("zh"));

    // By the first two characters, longest first; words of one character under that alone.
    private readonly Dictionary<(char, char), Entry[]> _entries;

    private Lexicon(string language, IReadOnlyList<(string Word, string Topic, float Weight)> rows)
    {
        Language = language;
        Topics = [.. rows.Select(r => r.Topic).Distinct().Order(StringComparer.Ordinal)];
        Words = rows.Select(r => r.Word).Distinct().Count();
        var topicOf = Topics.Index().ToDictionary(t => t.Item, t => t.Index, StringComparer.Ordinal);
        _entries = rows.GroupBy(r => r.Word, StringComparer.Ordinal)
            .Select((g, index) => new Entry(g.Key, index, [.. g.Select(r => (topicOf[r.Topic], r.Weight))]))
            .GroupBy(e => (e.Word[0], e.Word.Length > 1 ? e.Word[1] : '\0'))
            .ToDictionary(g => g.Key, g => g.OrderByDescending(e => e.Word.Length).ThenBy(e => e.Word, StringComparer.Ordinal).ToArray());
    }

    /// <summary><c>en</c> or <c>zh</c>.</summary>
    public string Language { get; }

    /// <summary>The topics, in ordinal order.</summary>
    public IReadOnlyList<string> Topics { get; }

    /// <summary>Different words and phrases.</summary>
    public int Words { get; }

    /// <summary>The lexicon that travels inside this library.</summary>
    /// <param name="language"><c>en</c> or <c>zh</c>.</param>
    public static Lexicon BuiltIn(string language) => language == "zh" ? s_chinese.Value : s_english.Value;

    /// <summary>A lexicon of given rows; words in lower case.</summary>
    public static Lexicon Of(string language, IReadOnlyList<(string Word, string Topic, float Weight)> rows) => new(language, rows);

    /// <summary>The probability of each topic: softmax of 2.5 · s_t / √(1 + Σ s), s_t = Σ over the topic's words w of weight · log(1 + count_w).</summary>
    /// <param name="text">The text; its first 16 384 characters are read.</param>
    /// <param name="probabilities">[topics], written; uniform where no word occurs.</param>
    public void Score(ReadOnlySpan<char> text, Span<float> probabilities)
    {
        const float Sharpness = 2.5f;
        var counts = Count(text);
        probabilities.Clear();
        foreach (var (entry, count) in counts.Values.OrderBy(c => c.Entry.Index))
            foreach (var (topic, weight) in entry.Topics)
                probabilities[topic] += weight * MathF.Log(1 + count);
        var sum = 0f;
        foreach (var score in probabilities)
            sum += score;
        var scale = Sharpness / MathF.Sqrt(1 + sum);
        foreach (ref var score in probabilities)
            score *= scale;
        LinearModel.Softmax(probabilities);
    }

    private Dictionary<int, (Entry Entry, int Count)> Count(ReadOnlySpan<char> text)
    {
        var lower = Normalize(text.Length > TextStatistics.MaxCharacters ? text[..TextStatistics.MaxCharacters] : text);
        var counts = new Dictionary<int, (Entry, int)>();
        for (var i = 0; i < lower.Length;)
        {
            var entry = lower[i] == ' ' ? null : Longest(lower, i);
            if (entry is not null)
                counts[entry.Index] = (entry, counts.GetValueOrDefault(entry.Index).Item2 + 1);
            // After a Latin word the next begins at the next space; Han words overlap with nothing that was taken.
            if (char.IsAsciiLetterOrDigit(lower[i]))
            {
                while (i < lower.Length && char.IsAsciiLetterOrDigit(lower[i]))
                    i++;
            }
            else
            {
                i += Math.Max(1, entry?.Word.Length ?? 1);
            }
        }

        return counts;
    }

    private Entry? Longest(ReadOnlySpan<char> text, int at)
    {
        if (at + 1 < text.Length && _entries.TryGetValue((text[at], text[at + 1]), out var entries))
            foreach (var entry in entries)
                if (text[at..].StartsWith(entry.Word, StringComparison.Ordinal) && EndsWord(text, at + entry.Word.Length))
                    return entry;
        return _entries.TryGetValue((text[at], '\0'), out var single) && EndsWord(text, at + 1) ? single[0] : null;
    }

    private static bool EndsWord(ReadOnlySpan<char> text, int end) =>
        end >= text.Length || !char.IsAsciiLetterOrDigit(text[end - 1]) || !char.IsAsciiLetterOrDigit(text[end]);

    // Lower case, every run of other characters one space.
    private static string Normalize(ReadOnlySpan<char> text)
    {
        var lower = new StringBuilder(text.Length + 1);
        foreach (var c in text)
        {
            if (char.IsLetterOrDigit(c))
                lower.Append(char.ToLowerInvariant(c));
            else if (lower.Length > 0 && lower[^1] != ' ' && c != '\'')
                lower.Append(' ');
        }

        return lower.ToString();
    }

    private static Lexicon ReadBuiltIn(string language)
    {
        using var stream = typeof(Lexicon).Assembly.GetManifestResourceStream($"lexicon.{language}.csv")!;
        using var csv = CsvReader.Create(new StreamReader(stream, Encoding.UTF8), new CsvReaderOptions { HasHeader = true });
        var rows = new List<(string, string, float)>();
        while (csv.Read())
            rows.Add((csv.GetString(0).ToLowerInvariant(), csv.GetString(1), float.Parse(csv.GetString(2), CultureInfo.InvariantCulture)));
        return new Lexicon(language, rows);
    }

    private sealed record Entry(string Word, int Index, (int Topic, float Weight)[] Topics);
}
