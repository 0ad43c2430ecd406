using System.Globalization;
using System.Text.RegularExpressions;
using ExpertDivergence.Core;

namespace ExpertDivergence.Labeling;

/// <summary>A document whose domain is known.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Domain">Its domain.</param>
public sealed record KnownDocument(string Text, string Source, Domain Domain);

/// <summary>Measures labellers on documents whose domains are known, with nothing trained on what it is measured on.</summary>
/// <param name="documents">The documents.</param>
/// <param name="taxonomy">The domains.</param>
/// <param name="seed">The seed of the folds.</param>
public sealed class LabellerEvaluator(IReadOnlyList<KnownDocument> documents, Taxonomy taxonomy, long seed = 1)
{
    private const int Folds = 5;

    /// <summary>Characters from which the coarse scheme is judged.</summary>
    public const int MinCharacters = 200;

    /// <summary>The detectors, on documents of <see cref="MinCharacters"/> or more.</summary>
    public EvaluationResult Detectors()
    {
        var result = new EvaluationResult("detect", "3", "none");
        foreach (var document in documents.Where(d => d.Text.Length >= MinCharacters))
        {
            var label = DetectingLabeller.Detect(document.Text);
            result.Add(document.Domain.Domain3, label, label.Domain.Domain3);
        }

        return result;
    }

    /// <summary>A labeller that was not trained on these documents' labels.</summary>
    public EvaluationResult Given(string method, Func<string, DomainLabel> label, CancellationToken cancellation = default)
    {
        var result = new EvaluationResult(method, "49", "none");
        foreach (var document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            var predicted = label(document.Text);
            result.Add(document.Domain.Id, predicted, predicted.Domain.Id);
        }

        return result;
    }

    /// <summary>Cross-validation in five folds by document; copies of a text lie in one fold.</summary>
    public EvaluationResult ByDocument(LinearTrainerOptions options, IProgressListener progress, CancellationToken cancellation = default) =>
        CrossValidate("document", [.. documents.Select(d => Fold(Hashing.OfText(d.Text)))], Folds, options, progress, cancellation);

    /// <summary>Cross-validation by source: the documents of a source are all trained on or all tested. Classes that only one source has cannot be
    /// tested; their documents are counted apart.</summary>
    /// <param name="options">How to train.</param>
    /// <param name="sourcePattern">What of <see cref="KnownDocument.Source"/> names the source; see <see cref="SourceName"/>.</param>
    /// <param name="progress">Hears of folds.</param>
    /// <param name="cancellation">Ends the work.</param>
    public EvaluationResult BySource(LinearTrainerOptions options, Regex sourcePattern, IProgressListener progress, CancellationToken cancellation = default)
    {
        var names = documents.Select(d => SourceName.Of(d.Source, sourcePattern)).ToArray();
        var sizes = names.CountBy(n => n).OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).ToList();
        // The largest sources alone, the others together by hash.
        var foldOf = sizes.Index().ToDictionary(s => s.Item.Key, s => sizes.Count <= 2 * Folds || s.Index < Folds ? s.Index : Folds + Fold(s.Item.Key), StringComparer.Ordinal);
        return CrossValidate("source", [.. names.Select(n => foldOf[n])], foldOf.Values.Max() + 1, options, progress, cancellation);
    }

    private int Fold(string name) => new KeyedRandom(seed, "labeller", "fold", name).NextInt(Folds);

    private EvaluationResult CrossValidate(string split, int[] foldOf, int folds, LinearTrainerOptions options, IProgressListener progress, CancellationToken cancellation)
    {
        var result = new EvaluationResult(options.Method.ToString().ToLowerInvariant(), "49", split);
        for (var fold = 0; fold < folds; fold++)
        {
            var trainer = new TopicTrainer(options);
            foreach (var (document, own) in documents.Zip(foldOf).Where(d => d.Second != fold))
                trainer.Add(document.Text, document.Domain);
            var tested = documents.Where((_, i) => foldOf[i] == fold).ToList();
            if (tested.Count > 0 && trainer.TryTrain(cancellation) is { } model)
                Test(model, tested, result);
            else
                result.Untestable += tested.Count;
            progress.Report(new("Evaluate", fold + 1, folds, "folds", string.Create(CultureInfo.InvariantCulture, $"{options.Method}, by {split}")));
        }

        return result;
    }

    private void Test(TopicModel model, List<KnownDocument> tested, EvaluationResult result)
    {
        var labeller = new ModelLabeller(model, taxonomy);
        foreach (var document in tested)
        {
            var coarse = DetectingLabeller.Detect(document.Text).Domain;
            if ((document.Domain.Id != "math" && model.Of(document.Domain.Language)?.Classes.Contains(document.Domain.Id) != true)
                || (coarse.Id != "math" && model.Of(coarse.Language) is null))
            {
                result.Untestable++;
                continue;
            }

            var predicted = labeller.Label(document.Text);
            result.Add(document.Domain.Id, predicted, predicted.Domain.Id);
        }
    }
}
