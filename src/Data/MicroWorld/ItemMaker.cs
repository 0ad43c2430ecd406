using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>A question with four choices of one inventory.</summary>
/// <param name="Fact">The fact asked for.</param>
/// <param name="Question">In a phrasing held out of the corpus.</param>
/// <param name="Choices">Four values that the relation has in this topic, all different.</param>
/// <param name="Gold">Which is right.</param>
public sealed record MicroItem(WorldFact Fact, string Question, IReadOnlyList<string> Choices, int Gold)
{
    /// <summary>The right choice's letter.</summary>
    public string Letter => "ABCD"[Gold].ToString();
}

/// <summary>Makes the items of one benchmark.</summary>
/// <remarks>In each topic two relations are asked for every entity; the third is left for solved examples. Wrong choices are the values
/// of other entities at fixed distances, so that each value is right once and wrong three times: whoever prefers values
/// without regard to the entity gets one in four right.</remarks>
internal sealed class ItemMaker(World world, string language, string use, KeyedRandom random)
{
    private readonly Phrasings _phrasings = new();

    /// <summary>The items by topic, and the solved examples of each topic.</summary>
    public IReadOnlyList<(WorldTopic Topic, IReadOnlyList<MicroItem> Items, IReadOnlyList<MicroItem> Examples)> Make(int examples)
    {
        var result = new List<(WorldTopic, IReadOnlyList<MicroItem>, IReadOnlyList<MicroItem>)>();
        foreach (var topic in world.Topics.Where(t => t.Language == language))
        {
            int[] relations = [.. Enumerable.Range(0, topic.Relations.Count)];
            random.Shuffle(relations.AsSpan());
            // As many of each letter as of any other, in each topic.
            var letters = new Deck<int>(Enumerable.Range(0, 2 * topic.Entities.Count).Select(i => i % 4), random);
            MicroItem[] items = [.. relations.Take(2).SelectMany(r => OfRelation(topic, r, letters.Draw))];
            random.Shuffle(items.AsSpan());
            var rest = OfRelation(topic, relations[2], new Deck<int>([0, 1, 2, 3], random).Draw).Take(examples);
            result.Add((topic, items, [.. rest]));
        }

        return result;
    }

    private List<MicroItem> OfRelation(WorldTopic topic, int relation, Func<int> nextLetter)
    {
        var count = topic.Entities.Count;
        int[] distances = [.. Enumerable.Range(1, count - 1)];
        random.Shuffle(distances.AsSpan());
        var values = topic.Relations[relation].Values;
        var items = new List<MicroItem>();
        for (var entity = 0; entity < count; entity++)
        {
            var fact = new WorldFact(topic, entity, relation);
            var gold = nextLetter();
            var choices = distances.Take(3).Select(d => values[(entity + d) % count]).ToList();
            choices.Insert(gold, fact.Value);
            var question = Phrasings.Fill(random.Pick(_phrasings.Of(fact, use)), fact);
            items.Add(new MicroItem(fact, question, choices, gold));
        }

        return items;
    }
}
