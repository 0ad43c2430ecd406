using ExpertDivergence.Core;
using ExpertDivergence.Data;

namespace ExpertDivergence.Labeling;

/// <summary>Labels with detectors and a topic model: mathematics and the language by detection, the topic by the language's linear model.
/// The confidence is the product of both probabilities. One instance a thread.</summary>
public sealed class ModelLabeller : ILabeller
{
    private readonly Dictionary<string, (LinearModel Model, TextFeatures Features, Domain[] Domains, float[] Probabilities)> _languages = new(StringComparer.Ordinal);
    private readonly TopicModel _model;

    /// <summary>Takes the models.</summary>
    public ModelLabeller(TopicModel model, Taxonomy taxonomy)
    {
        _model = model;
        foreach (var language in model.Languages)
        {
            var linear = model.Of(language)!;
            _languages[language] = (linear, new TextFeatures(linear.Features), [.. linear.Classes.Select(c => taxonomy.Find(c)!)], new float[linear.Classes.Count]);
        }
    }

    /// <inheritdoc/>
    public DomainLabel Label(CorpusDocument document) => Label(document.Text);

    /// <summary>The domain of a text.</summary>
    /// <exception cref="InputException">There is no model of its language.</exception>
    public DomainLabel Label(string text)
    {
        var coarse = DetectingLabeller.Detect(text);
        if (coarse.Domain.Id == "math")
            return coarse;
        var topic = Topic(text, coarse.Domain.Language);
        return topic with { Confidence = coarse.Confidence * topic.Confidence };
    }

    /// <summary>The topic alone, in a language that is known.</summary>
    /// <param name="text">The text.</param>
    /// <param name="language"><c>en</c> or <c>zh</c>; null: the language by detection.</param>
    /// <exception cref="InputException">There is no model of the language.</exception>
    public DomainLabel Topic(string text, string? language = null)
    {
        language ??= LanguageDetector.Detect(text).Language;
        if (!_languages.TryGetValue(language, out var own))
            _model.Require(language);
        own.Features.Read(text);
        own.Model.Predict(own.Features, own.Probabilities);
        var best = own.Probabilities.Index().MaxBy(p => p.Item).Index;
        return new(own.Domains[best], own.Probabilities[best]);
    }
}
