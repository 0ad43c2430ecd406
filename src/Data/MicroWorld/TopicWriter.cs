using ExpertDivergence.Core;

namespace ExpertDivergence.Data.MicroWorld;

/// <summary>Writes the documents of one topic: sentences about one to three entities, questions with answers, or both.</summary>
/// <remarks>No document tells a fact twice: whoever answers a question must know the fact, as it cannot be copied from above.</remarks>
internal sealed class TopicWriter
{
    private readonly WorldTopic _topic;
    private readonly Phrasings _phrasings;
    private readonly KeyedRandom _random;
    private readonly Deck<int> _entities;
    private readonly Deck<int>[] _relations;
    private readonly ILookup<string, string> _connectives;

    public TopicWriter(WorldTopic topic, Phrasings phrasings, KeyedRandom random)
    {
        _topic = topic;
        _phrasings = phrasings;
        _random = random;
        _entities = new Deck<int>(Enumerable.Range(0, topic.Entities.Count).SelectMany(e => Enumerable.Repeat(e, Frequency(e))), random);
        _relations = [.. topic.Entities.Select(_ => new Deck<int>(Enumerable.Range(0, topic.Relations.Count), random))];
        _connectives = DataTable.Connectives.Where(c => c.Language == topic.Language).ToLookup(c => c.Part, c => c.Text);
    }

    // A model finds out sooner that names matter when a few of them are frequent.
    private static int Frequency(int entity) => entity switch { 0 => 6, 1 => 3, 2 => 2, _ => 1 };

    /// <summary>The next document.</summary>
    public string Next()
    {
        var kind = _random.NextDouble();
        var facts = DrawFacts(entities: _random.NextInt(10) switch { < 5 => 1, < 8 => 2, _ => 3 }, count: 3 + _random.NextInt(5));
        if (kind < 0.30)
            return Prose(facts);
        if (kind < 0.55 && facts.Count > 3)
            return Prose(facts[..^2]) + "\n\n" + Questions(facts[^2..]);
        return Heading() + Questions(facts);
    }

    private List<WorldFact> DrawFacts(int entities, int count)
    {
        var chosen = new List<int>();
        while (chosen.Count < entities)
        {
            var entity = _entities.Draw();
            if (!chosen.Contains(entity))
                chosen.Add(entity);
        }

        count = Math.Min(count, entities * _topic.Relations.Count);
        var facts = new List<WorldFact>();
        for (var turn = 0; facts.Count < count; turn++)
        {
            var entity = chosen[turn % entities];
            var fact = new WorldFact(_topic, entity, _relations[entity].Draw());
            if (!facts.Contains(fact))
                facts.Add(fact);
        }

        return _random.NextInt(2) == 0 ? facts : [.. facts.OrderBy(f => chosen.IndexOf(f.Entity))];
    }

    private string Prose(List<WorldFact> facts)
    {
        var sentences = facts.Select(f => Phrasings.Fill(_random.Pick(_phrasings.Of(f, Phrasings.Statement)), f)).ToList();
        if (_random.NextInt(5) == 0)
            sentences.Insert(1 + _random.NextInt(sentences.Count), Connective("middle"));
        if (_random.NextInt(4) == 0)
            sentences.Insert(0, Connective("open"));
        if (_random.NextInt(5) == 0)
            sentences.Add(Connective("close"));
        return string.Join(_topic.Language == "en" ? " " : "", sentences);
    }

    private string Connective(string part) => Phrasings.Fill(_random.Pick(_connectives[part].ToList()), _topic);

    // The forms in which the benchmarks put their questions, so that a model has met them.
    private string Questions(List<WorldFact> facts) => string.Join("\n\n", facts.Select(f =>
        QuestionAnswer(_topic.Language, Phrasings.Fill(_random.Pick(_phrasings.Of(f, Phrasings.Question)), f), f.Value)));

    internal static string QuestionAnswer(string language, string question, string answer) =>
        language == "en" ? $"Question: {question}\nAnswer: {answer}" : $"题目：{question}\n答案： {answer}";

    private string Heading() => _random.NextInt(4) != 0 ? ""
        : _topic.Language == "en" ? $"The following are questions (with answers) about {_topic.Title}.\n\n"
        : $"以下是中国关于{_topic.Title}的题目。\n\n";
}
