using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>How a model is trained without labels.</summary>
public sealed record SelfTrainingOptions
{
    /// <summary>Rounds of labelling and training; 0: the lexicon alone.</summary>
    public int Rounds { get; init; } = 1;

    /// <summary>The share of each topic's documents that is trained on, the surest first.</summary>
    public double Share { get; init; } = 0.6;

    /// <summary>Documents that are looked at, the corpus's first.</summary>
    public int MaxDocuments { get; init; } = 20_000;

    /// <summary>How the model is trained.</summary>
    public LinearTrainerOptions Trainer { get; init; } = new();
}

/// <summary>Learns topics from a corpus without labels: the lexicon labels it, a linear model learns from the surest documents of each topic, labels the
/// corpus together with the lexicon, and learns again.</summary>
/// <param name="options">How.</param>
public sealed class SelfTraining(SelfTrainingOptions options)
{
    private const int LeastDocuments = 20;

    /// <summary>Trains on texts; memory is that of their n-grams.</summary>
    /// <returns>Null where no language has enough documents.</returns>
    public TopicModel? Train(IEnumerable<string> texts, IProgressListener progress, CancellationToken cancellation = default)
    {
        var documents = new Dictionary<string, List<Unlabelled>>(StringComparer.Ordinal) { ["en"] = [], ["zh"] = [] };
        var set = new TrainingSet(options.Trainer.Features);
        var read = 0;
        foreach (var text in texts.Take(options.MaxDocuments))
        {
            cancellation.ThrowIfCancellationRequested();
            var coarse = DetectingLabeller.Detect(text).Domain;
            if (coarse.Id == "math")
                continue;
            var lexicon = Lexicon.BuiltIn(coarse.Language);
            var scores = new float[lexicon.Topics.Count];
            lexicon.Score(text, scores);
            documents[coarse.Language].Add(new(set.Vectorize(text, ""), scores));
            if (++read % 1000 == 0)
                progress.Report(new("Self-training", read, null, "documents"));
        }

        var models = new Dictionary<string, LinearModel>(StringComparer.Ordinal);
        foreach (var (language, own) in documents)
            if (own.Count >= LeastDocuments && Train(Lexicon.BuiltIn(language), own, cancellation) is { } model)
                models[language] = model;
        return models.Count > 0 ? new TopicModel(models) : null;
    }

    /// <summary>Multiplies a model's probabilities into the lexicon's; a topic that the model does not know counts as rare there.</summary>
    internal static void Combine(Lexicon lexicon, Span<float> byLexicon, LinearModel model, ReadOnlySpan<float> byModel)
    {
        // A model that learnt from the lexicon repeats it: the witness is not an independent one, and too sure of itself.
        const float Unknown = 1e-4f, ModelWeight = 0.2f;
        var sum = 0f;
        for (var t = 0; t < byLexicon.Length; t++)
        {
            var known = -1;
            for (var c = 0; c < model.Classes.Count && known < 0; c++)
                if (model.Classes[c].AsSpan(lexicon.Language.Length + 1).SequenceEqual(lexicon.Topics[t]))
                    known = c;
            sum += byLexicon[t] *= MathF.Pow(known >= 0 ? byModel[known] : Unknown, ModelWeight);
        }

        foreach (ref var probability in byLexicon)
            probability /= sum;
    }

    private LinearModel? Train(Lexicon lexicon, List<Unlabelled> documents, CancellationToken cancellation)
    {
        LinearModel? model = null;
        var combined = new float[lexicon.Topics.Count];
        for (var round = 0; round < options.Rounds; round++)
        {
            var labelled = new List<(Unlabelled Document, int Topic, float Probability)>();
            foreach (var document in documents)
            {
                document.ByLexicon.CopyTo(combined, 0);
                if (model is not null)
                {
                    var byModel = new float[model.Classes.Count];
                    model.Predict(document.Vector, byModel);
                    Combine(lexicon, combined, model, byModel);
                }

                var (topic, probability) = combined.Index().MaxBy(p => p.Item);
                labelled.Add((document, topic, probability));
            }

            var set = new TrainingSet(options.Trainer.Features);
            foreach (var topic in labelled.GroupBy(l => l.Topic).OrderBy(g => g.Key))
                foreach (var (document, _, _) in topic.OrderByDescending(l => l.Probability).Take((int)Math.Ceiling(topic.Count() * options.Share)))
                    set.Add(document.Vector with { Label = $"{lexicon.Language}/{lexicon.Topics[topic.Key]}" });
            if (set.Documents.Select(d => d.Label).Distinct().Count() < 2)
                return model;
            model = new LinearTrainer(options.Trainer).Train(set, cancellation);
        }

        return model;
    }

    private sealed record Unlabelled(SparseDocument Vector, float[] ByLexicon);
}
