using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary>Labels without labels: mathematics and the language by detection, the topic by the language's lexicon and, where there is one, by a model
/// that was trained on the lexicon's surest documents (<see cref="SelfTraining"/>). Both then count: P(t) ∝ P_lexicon(t) · P_model(t)^0.2.</summary>
public sealed class LexiconLabeller : ILabeller
{
    private readonly Dictionary<string, LanguageScorer> _languages;

    /// <summary>Takes the built-in lexicons.</summary>
    /// <param name="taxonomy">The domains.</param>
    /// <param name="model">Self-trained; null: the lexicon alone.</param>
    public LexiconLabeller(Taxonomy taxonomy, TopicModel? model = null) => _languages = new(StringComparer.Ordinal)
    {
        ["en"] = new(Lexicon.BuiltIn("en"), model?.Of("en"), taxonomy),
        ["zh"] = new(Lexicon.BuiltIn("zh"), model?.Of("zh"), taxonomy),
    };

    /// <inheritdoc/>
    public DomainLabel Label(CorpusDocument document) => Label(document.Text);

    /// <summary>The domain of a text.</summary>
    public DomainLabel Label(string text)
    {
        var coarse = DetectingLabeller.Detect(text);
        if (coarse.Domain.Id == "math")
            return coarse;
        var (domain, probability) = _languages[coarse.Domain.Language].Best(text);
        return new(domain, coarse.Confidence * probability);
    }

    private sealed class LanguageScorer(Lexicon lexicon, LinearModel? model, Taxonomy taxonomy)
    {
        private readonly TextFeatures? _features = model is null ? null : new(model.Features);
        private readonly float[] _byLexicon = new float[lexicon.Topics.Count];
        private readonly float[] _byModel = new float[model?.Classes.Count ?? 0];

        public (Domain Domain, float Probability) Best(string text)
        {
            lexicon.Score(text, _byLexicon);
            if (model is not null)
            {
                _features!.Read(text);
                model.Predict(_features, _byModel);
                SelfTraining.Combine(lexicon, _byLexicon, model, _byModel);
            }

            var (best, probability) = _byLexicon.Index().MaxBy(p => p.Item);
            return (taxonomy.Find($"{lexicon.Language}/{lexicon.Topics[best]}")!, probability);
        }
    }
}
