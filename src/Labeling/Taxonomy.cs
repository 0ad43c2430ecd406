using System.Text;
using CsvHelper;

namespace ExpertDivergence.Labeling;

/// <summary>The two label schemes: 49 domains (24 topics in English, the same in Chinese, and mathematics) and the three they fall into.</summary>
public sealed class Taxonomy
{
    private static readonly Lazy<Taxonomy> s_builtIn = new(ReadBuiltIn);

    private readonly Dictionary<string, Domain> _byId;

    private Taxonomy(IReadOnlyList<Domain> domains)
    {
        Domains = domains;
        _byId = domains.ToDictionary(d => d.Id, StringComparer.Ordinal);
        Ids49 = domains.Select(d => d.Id).ToList();
        Ids3 = domains.Select(d => d.Domain3).Distinct().ToList();
    }

    /// <summary>The one of <c>data/taxonomy/49.csv</c>, which travels inside this library.</summary>
    public static Taxonomy BuiltIn => s_builtIn.Value;

    /// <summary>The domains, in the file's order.</summary>
    public IReadOnlyList<Domain> Domains { get; }

    /// <summary>The ids of the 49.</summary>
    public IReadOnlyList<string> Ids49 { get; }

    /// <summary>The ids of the three: <c>en</c>, <c>zh</c>, <c>math</c>.</summary>
    public IReadOnlyList<string> Ids3 { get; }

    /// <summary>The domain of an id; null where there is none.</summary>
    public Domain? Find(string id) => _byId.GetValueOrDefault(id);

    private static Taxonomy ReadBuiltIn()
    {
        using var stream = typeof(Taxonomy).Assembly.GetManifestResourceStream("taxonomy.49.csv")!;
        using var csv = CsvReader.Create(new StreamReader(stream, Encoding.UTF8), new CsvReaderOptions { HasHeader = true });
        var domains = new List<Domain>();
        while (csv.Read())
            domains.Add(new(Text("id"), Text("name"), Text("domain3"), Text("language"), Text("topic"), Text("scope")));
        return new Taxonomy(domains);

        string Text(string column) => csv.GetString(csv.Headers.Index().First(h => h.Item == column).Index);
    }
}
