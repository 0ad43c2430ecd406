namespace ExpertDivergence.Data.MicroWorld;

/// <summary>The sentences in which a fact can be told or asked. Those of the uses <c>arc</c>, <c>mmlu</c> and <c>ceval</c> never enter the corpus.</summary>
public sealed class Phrasings
{
    private readonly Dictionary<(string Language, string Relation, string Use), string[]> _texts = DataTable.Phrasings
        .GroupBy(p => (p.Language, p.Relation, p.Use))
        .ToDictionary(g => g.Key, g => g.Select(p => p.Text).ToArray());

    /// <summary>Told, in the corpus.</summary>
    public const string Statement = "statement";

    /// <summary>Asked, in the corpus.</summary>
    public const string Question = "question";

    /// <summary>The templates of a use. <c>{e}</c> entity, <c>{n}</c> what it is, <c>{s}</c> scene, <c>{v}</c> value.</summary>
    public IReadOnlyList<string> Of(string language, string relation, string use) => _texts[(language, relation, use)];

    /// <summary>The templates in which a fact can be told or asked.</summary>
    internal IReadOnlyList<string> Of(WorldFact fact, string use) => Of(fact.Topic.Language, fact.Topic.Relations[fact.Relation].Name, use);

    /// <summary>A template made a sentence. Chinese names stand in quotation marks, as nothing else sets them off.</summary>
    public static string Fill(string template, WorldFact fact) => Fill(template, fact.Topic)
        .Replace("{e}", fact.Topic.Language == "zh" ? $"“{fact.Name}”" : fact.Name, StringComparison.Ordinal)
        .Replace("{v}", fact.Value, StringComparison.Ordinal);

    /// <summary>A template that tells no fact made a sentence.</summary>
    public static string Fill(string template, WorldTopic topic) => template
        .Replace("{n}", topic.Noun, StringComparison.Ordinal)
        .Replace("{s}", topic.Scene, StringComparison.Ordinal);
}
