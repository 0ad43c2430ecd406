using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>The facts: 24 topics in two languages, six invented entities in each, three relations in each.</summary>
/// <remarks>A relation gives every entity of a topic another value of the relation's inventory, so that within a topic no value is
/// more frequent than another and only the entity tells which is right.</remarks>
public sealed class World
{
    private World(IReadOnlyList<WorldTopic> topics) => Topics = topics;

    /// <summary>48 topics: the English ones, then the Chinese ones, each in the taxonomy's order.</summary>
    public IReadOnlyList<WorldTopic> Topics { get; }

    /// <summary>Makes the world of a seed.</summary>
    public static World Create(long seed)
    {
        var values = DataTable.Values.ToLookup(v => v.Relation);
        var topics = new List<WorldTopic>();
        foreach (var language in new[] { "en", "zh" })
        {
            var names = new NameMaker(language, new KeyedRandom(seed, "micro-world", language, "names"));
            foreach (var row in DataTable.Topics)
            {
                var random = new KeyedRandom(seed, "micro-world", language, row.Topic, "facts");
                Relation[] relations = [.. row.Relations.Split(' ').Select(name => MakeRelation(name, values[name], language, random))];
                topics.Add(MakeTopic(row, language, names.Next(relations[0].Values.Count), relations));
            }
        }

        return new World(topics);
    }

    private static Relation MakeRelation(string name, IEnumerable<ValueRow> inventory, string language, KeyedRandom random)
    {
        string[] values = [.. inventory.Select(v => language == "en" ? v.En : v.Zh)];
        random.Shuffle(values.AsSpan());
        return new Relation(name, values);
    }

    private static WorldTopic MakeTopic(TopicRow row, string language, IReadOnlyList<string> entities, IReadOnlyList<Relation> relations) => new()
    {
        Language = language,
        Domain = $"{language}/{row.Topic}",
        Slug = row.Slug,
        Title = language == "en" ? row.Slug.Replace('_', ' ') : row.TitleZh,
        Weight = row.Weight,
        Noun = language == "en" ? row.NounEn : row.NounZh,
        Scene = language == "en" ? row.SceneEn : row.SceneZh,
        Entities = entities,
        Relations = relations,
    };
}

/// <summary>A topic in one language, and everything that is true in it.</summary>
public sealed record WorldTopic
{
    /// <summary><c>en</c> or <c>zh</c>.</summary>
    public required string Language { get; init; }

    /// <summary>Its id in the taxonomy, for example <c>zh/Health</c>.</summary>
    public required string Domain { get; init; }

    /// <summary>Its name in file names, for example <c>art_and_design</c>.</summary>
    public required string Slug { get; init; }

    /// <summary>Its name in its own language.</summary>
    public required string Title { get; init; }

    /// <summary>Its share of the language's documents, relative to the other topics.</summary>
    public required double Weight { get; init; }

    /// <summary>What its entities are, for example <c>painting</c>.</summary>
    public required string Noun { get; init; }

    /// <summary>Where they are met, for example <c>gallery</c>.</summary>
    public required string Scene { get; init; }

    /// <summary>Their names, unique in the world.</summary>
    public required IReadOnlyList<string> Entities { get; init; }

    /// <summary>What is known of them.</summary>
    public required IReadOnlyList<Relation> Relations { get; init; }
}

/// <summary>A relation within a topic.</summary>
/// <param name="Name">For example <c>colour</c>.</param>
/// <param name="Values">The value of each entity, in the entities' order: a permutation of the inventory.</param>
public sealed record Relation(string Name, IReadOnlyList<string> Values);

/// <summary>One thing that is true.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Entity">The entity's position.</param>
/// <param name="Relation">The relation's position.</param>
public sealed record WorldFact(WorldTopic Topic, int Entity, int Relation)
{
    /// <summary>The entity's name.</summary>
    public string Name => Topic.Entities[Entity];

    /// <summary>The value.</summary>
    public string Value => Topic.Relations[Relation].Values[Entity];
}
