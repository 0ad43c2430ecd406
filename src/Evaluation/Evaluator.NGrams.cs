using ExpertDivergence.Core;
using ExpertDivergence.Data;
using ExpertDivergence.Tokenization;

namespace ExpertDivergence.Evaluation;

public static partial class Evaluator
{
    /// <summary>Evaluates the yardsticks: a unigram and a trigram model of the training sequences, in the output's folders
    /// <c>unigram</c> and <c>trigram</c>.</summary>
    /// <param name="request">What and where; the tokenizer is the packed set's.</param>
    /// <param name="progress">Hears of every batch.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <exception cref="UsageException">A task or option is wrong.</exception>
    /// <exception cref="InputException">A file is missing or malformed.</exception>
    public static IReadOnlyDictionary<string, EvaluationSummary> EvaluateNGrams(
        EvaluationRequest request, IProgressListener progress, CancellationToken cancellation = default)
    {
        TasksOf(request);
        using var train = PackedDataset.Open(request.PackedFolder, PackSplit.Train);
        using var heldOut = PackedDataset.Open(request.PackedFolder, PackSplit.Heldout);
        var codec = new BpeCodec(TokenizerJson.Read(request.PackedFolder), train.Info.EndOfTextId);
        var trigram = NGramModel.Train(3, train.Info.VocabSize, PackedSequences.Tokens(train));
        return new Dictionary<string, EvaluationSummary>
        {
            ["unigram"] = Run("unigram", trigram.Lower(1)),
            ["trigram"] = Run("trigram", trigram),
        };

        EvaluationSummary Run(string name, NGramModel model) => Evaluate(
            model, codec, PackedSequences.WithDomains(heldOut), request, Path.Combine(request.OutputFolder, name), progress, cancellation);
    }
}
