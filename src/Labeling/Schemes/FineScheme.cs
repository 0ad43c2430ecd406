using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsvHelper;
using ExpertDivergence.Core;
using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary>What the fine column of a labelled corpus (<c>domain49</c>) holds. Every fine domain lies inside one coarse domain.</summary>
public abstract class FineScheme
{
    /// <summary>The names of the schemes.</summary>
    public static IReadOnlyList<string> Names { get; } = ["topics49", "topics20", "topics10", "source", "document", "random"];

    /// <summary>The fine domain of a document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="id">Its number in the labelled corpus.</param>
    /// <param name="domain">The domain that the labeller gave it.</param>
    public abstract string Of(CorpusDocument document, long id, Domain domain);

    /// <summary>A scheme by name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="taxonomy">The domains.</param>
    /// <param name="sourcePattern">For <c>source</c>; see <see cref="SourceName"/>.</param>
    /// <param name="seed">For <c>random</c>.</param>
    /// <exception cref="OptionException">There is no such scheme, or the pattern is none.</exception>
    public static FineScheme Create(string name, Taxonomy taxonomy, string sourcePattern = "", long seed = 1) => name switch
    {
        "topics49" => new Topics(),
        "topics20" or "topics10" => new Merged(name),
        "source" => new Source(SourceName.Pattern(sourcePattern)),
        "document" => new OwnDomain(),
        "random" => new Chance(taxonomy, seed),
        _ => throw new OptionException("labels.fine_scheme", $"'{name}' is no scheme.", NearestName.Hint(name, Names.ToList())),
    };

    private sealed class Topics : FineScheme
    {
        public override string Of(CorpusDocument document, long id, Domain domain) => domain.Id;
    }

    private sealed class Merged : FineScheme
    {
        private readonly Dictionary<string, string> _groups = new(StringComparer.Ordinal);

        public Merged(string column)
        {
            using var stream = typeof(FineScheme).Assembly.GetManifestResourceStream("taxonomy.merged.csv")!;
            using var csv = CsvReader.Create(new StreamReader(stream, Encoding.UTF8), new CsvReaderOptions { HasHeader = true });
            var at = column == "topics20" ? 1 : 2;
            while (csv.Read())
                _groups[csv.GetString(0)] = csv.GetString(at);
        }

        // A labeller that knows coarse domains only has nothing to merge.
        public override string Of(CorpusDocument document, long id, Domain domain) => _groups.GetValueOrDefault(domain.Id, domain.Id);
    }

    private sealed class Source(Regex pattern) : FineScheme
    {
        public override string Of(CorpusDocument document, long id, Domain domain) => $"{domain.Domain3}/{SourceName.Of(document.Source, pattern)}";
    }

    private sealed class OwnDomain : FineScheme
    {
        public override string Of(CorpusDocument document, long id, Domain domain) => string.Create(CultureInfo.InvariantCulture, $"{domain.Domain3}/document-{id}");
    }

    /// <summary>As many classes in each coarse domain as the taxonomy has, drawn by keyed hash of the document's number.</summary>
    private sealed class Chance(Taxonomy taxonomy, long seed) : FineScheme
    {
        private readonly Dictionary<string, int> _classes = taxonomy.Domains.CountBy(d => d.Domain3).ToDictionary(d => d.Key, d => d.Value, StringComparer.Ordinal);

        public override string Of(CorpusDocument document, long id, Domain domain)
        {
            var drawn = new KeyedRandom(seed, "labels", "random", id.ToString(CultureInfo.InvariantCulture)).NextInt(_classes[domain.Domain3]);
            return string.Create(CultureInfo.InvariantCulture, $"{domain.Domain3}/random-{drawn:00}");
        }
    }
}
