using System.Text;
using System.Text.Json.Nodes;
using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>A document of the corpus.</summary>
internal sealed record MicroDocument(string Domain, string Label, string Text);

/// <summary>Makes the documents of every domain and writes them with the label map.</summary>
internal static class CorpusWriter
{
    private const string Programs = "Software Development";

    /// <summary>The documents of <c>en</c>, <c>zh</c> or <c>math</c>, the domains mixed.</summary>
    public static MicroDocument[] Documents(MicroWorldOptions options, World world, string domain3, CancellationToken ct)
    {
        var random = new KeyedRandom(options.Seed, "micro-world", domain3, "documents");
        var documents = new List<MicroDocument>();
        if (domain3 == "math")
        {
            var writer = new MathWriter(random);
            for (var i = 0; i < (int)Math.Round(options.Documents * 0.15); i++)
            {
                var (label, text) = writer.Next();
                documents.Add(new MicroDocument("math", label, text));
            }
        }

        var topics = world.Topics.Where(t => t.Language == domain3).ToList();
        var phrasings = new Phrasings();
        foreach (var topic in topics)
        {
            ct.ThrowIfCancellationRequested();
            var share = (domain3 == "en" ? 0.45 : 0.40) * topic.Weight / topics.Sum(t => t.Weight);
            documents.AddRange(OfTopic(topic, phrasings, options, (int)Math.Round(options.Documents * share)));
        }

        var mixed = documents.ToArray();
        random.Shuffle(mixed.AsSpan());
        return mixed;
    }

    private static IEnumerable<MicroDocument> OfTopic(WorldTopic topic, Phrasings phrasings, MicroWorldOptions options, int count)
    {
        var random = new KeyedRandom(options.Seed, "micro-world", topic.Domain, "documents");
        var facts = new TopicWriter(topic, phrasings, random);
        var programs = topic.Domain.EndsWith('/' + Programs) ? new ProgramWriter(topic, random) : null;
        for (var i = 0; i < count; i++)
        {
            yield return programs is not null && i % 2 == 1
                ? new MicroDocument(topic.Domain, $"micro/{topic.Language}/programs", programs.Next())
                : new MicroDocument(topic.Domain, $"micro/{topic.Language}/{topic.Slug}", facts.Next());
        }
    }

    /// <summary>Writes documents as JSONL.</summary>
    public static void Write(string path, IEnumerable<MicroDocument> documents) => MicroFiles.WriteLines(path, documents.Select(d =>
        new JsonObject { ["text"] = d.Text, ["source"] = "microworld", ["label"] = d.Label }.ToJsonString(JsonFormat.Compact)));

    /// <summary>Writes the map from labels to domains.</summary>
    public static void WriteLabels(string path, IEnumerable<MicroDocument> documents)
    {
        var map = new JsonObject();
        foreach (var (label, domain) in documents.Select(d => (d.Label, d.Domain)).Distinct().OrderBy(p => p.Label, StringComparer.Ordinal))
            map[label] = domain;
        MicroFiles.WriteLines(path, [new JsonObject { ["label_to_domain49"] = map }.ToJsonString(JsonFormat.Indented)]);
    }
}
