using ExpertDivergence.Core;
using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary>Trains a <see cref="TopicModel"/>: one linear model for each language that has documents of two topics.</summary>
/// <param name="options">How each is trained.</param>
public sealed class TopicTrainer(LinearTrainerOptions options)
{
    private readonly Dictionary<string, TrainingSet> _sets = new(StringComparer.Ordinal);

    /// <summary>The documents taken, by language.</summary>
    public IReadOnlyDictionary<string, int> Counts => _sets.ToDictionary(s => s.Key, s => s.Value.Count, StringComparer.Ordinal);

    /// <summary>Adds a document with its domain. Mathematics is left out: it is told by detection.</summary>
    public void Add(string text, Domain domain)
    {
        if (domain.Topic.Length == 0 || domain.Id == "math")
            return;
        if (!_sets.TryGetValue(domain.Language, out var set))
            _sets[domain.Language] = set = new TrainingSet(options.Features);
        set.Add(text, domain.Id);
    }

    /// <summary>Trains.</summary>
    /// <param name="origin">What the documents came from, for the error.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="InputException">No language has documents of two topics.</exception>
    public TopicModel Train(string origin, CancellationToken cancellation = default) => TryTrain(cancellation) ?? throw new InputException(origin, null,
        "no language has documents of two topics, so that there is nothing to tell apart.", "Give more documents, or a label map that maps them to more topics.");

    internal TopicModel? TryTrain(CancellationToken cancellation)
    {
        var trainer = new LinearTrainer(options);
        var models = _sets.Where(s => s.Value.Documents.Select(d => d.Label).Distinct().Count() > 1)
            .ToDictionary(s => s.Key, s => trainer.Train(s.Value, cancellation), StringComparer.Ordinal);
        return models.Count > 0 ? new TopicModel(models) : null;
    }
}
