using System.Text.Json;
using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>From the labels that a corpus came with to domains: <c>labels.json</c>, whose object <c>label_to_domain49</c> gives each
/// label a domain id. Other fields of the file are for people.</summary>
public sealed class LabelMap
{
    private const string Field = "label_to_domain49";

    private readonly Dictionary<string, Domain> _domains;

    private LabelMap(string? file, Dictionary<string, Domain> domains) => (File, _domains) = (file, domains);

    /// <summary>The file's name inside a corpus folder.</summary>
    public const string FileName = "labels.json";

    /// <summary>A map of nothing: every label must be a domain id itself.</summary>
    public static LabelMap Empty { get; } = new(null, []);

    /// <summary>The file it was read from; null for <see cref="Empty"/>.</summary>
    public string? File { get; }

    /// <summary>The labels that are mapped.</summary>
    public IReadOnlyCollection<string> Labels => _domains.Keys;

    /// <summary>The domain of a label; null where it is not mapped.</summary>
    public Domain? Find(string label) => _domains.GetValueOrDefault(label);

    /// <summary>The map beside a corpus: the file named, else <c>labels.json</c> of the folder, else <see cref="Empty"/>.</summary>
    /// <param name="file">A file, or null or empty.</param>
    /// <param name="corpus">The corpus's folder or file.</param>
    /// <param name="taxonomy">The domains that there are.</param>
    /// <exception cref="InputException">The file is missing or wrong.</exception>
    public static LabelMap For(string? file, string corpus, Taxonomy taxonomy)
    {
        if (!string.IsNullOrEmpty(file))
            return Read(file, taxonomy);
        var beside = Path.Combine(Directory.Exists(corpus) ? corpus : Path.GetDirectoryName(corpus) ?? "", FileName);
        return System.IO.File.Exists(beside) ? Read(beside, taxonomy) : Empty;
    }

    /// <summary>Reads a map.</summary>
    /// <exception cref="InputException">The file is missing, is not JSON, lacks the object, or names a domain that there is not.</exception>
    public static LabelMap Read(string file, Taxonomy taxonomy)
    {
        if (!System.IO.File.Exists(file))
            throw new InputException(file, null, "the label map does not exist.", "Correct its path.");
        try
        {
            using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty(Field, out var map)
                || map.ValueKind != JsonValueKind.Object)
                throw new InputException(file, null, $"the label map has no object '{Field}'.", $"Write {{\"{Field}\": {{\"label\": \"domain\", …}}}}.");
            var domains = new Dictionary<string, Domain>(StringComparer.Ordinal);
            foreach (var pair in map.EnumerateObject())
            {
                var id = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString()! : pair.Value.GetRawText();
                domains[pair.Name] = taxonomy.Find(id) ?? throw new InputException(file, null,
                    $"the label '{pair.Name}' is mapped to '{id}', which is no domain.", NearestName.Hint(id, taxonomy.Ids49.ToList()));
            }

            return new LabelMap(file, domains);
        }
        catch (JsonException e)
        {
            throw new InputException(file, e.LineNumber + 1, "the label map is not JSON.", "Correct the file.", e);
        }
    }
}
