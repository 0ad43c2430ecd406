using System.Text;
using ExpertDivergence.Core;

namespace ExpertDivergence.Tokenization;

/// <summary>Trains byte-level byte-pair encodings.</summary>
/// <remarks>Ids: 0 … 255 are the bytes, in order; then a token for each merge, in order; then the special tokens. Each step merges
/// the pair with the largest count (overlapping occurrences in a run count, as in the reference trainers); of equal ones
/// the pair with the smaller left id, then with the smaller right id. The order of documents and the number of
/// threads change nothing.</remarks>
public static class BpeTrainer
{
    private const int ByteTokens = 256;

    /// <summary>Trains on the documents, which are read once.</summary>
    /// <param name="documents">The texts. Special tokens written in them are text.</param>
    /// <param name="options">Vocabulary, pattern and limits.</param>
    /// <param name="progress">Hears of documents counted and merges made.</param>
    /// <param name="cancel">Ends the training with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    public static BpeTrainingResult Train(
        IEnumerable<string> documents, BpeTrainerOptions options, IProgressListener? progress = null, CancellationToken cancel = default)
    {
        options.Validate();
        progress ??= SilentProgress.Instance;
        var preTokenizer = PreTokenizers.Named(options.Pattern);
        var counts = PieceCounter.Count(documents, preTokenizer, options, progress, cancel);
        var (tokens, merges) = Learn(new MergeLearner(counts.Pieces, options.MinFrequency), options, progress, cancel);
        var special = options.SpecialTokens.Select((content, i) => new AddedToken(content, tokens.Count + i)).ToList();
        var model = new BpeModel { Tokens = tokens, Merges = merges, PreTokenizer = preTokenizer, AddedTokens = special };
        return new BpeTrainingResult(
            new BpeTokenizer(model), options.VocabularySize, counts.Documents, counts.Bytes, counts.Pieces.Total, counts.Pieces.Distinct);
    }

    private static (List<byte[]?> Tokens, List<Merge> Merges) Learn(
        MergeLearner learner, BpeTrainerOptions options, IProgressListener progress, CancellationToken cancel)
    {
        var tokens = new List<byte[]?>();
        var known = new ByteKeyTable(options.VocabularySize); // its entries are the ids
        for (var b = 0; b < ByteTokens; b++)
            Add([(byte)b]);
        var merges = new List<Merge>();
        var target = options.VocabularySize - options.SpecialTokens.Count;
        while (tokens.Count < target && learner.TryBest(out var left, out var right))
        {
            cancel.ThrowIfCancellationRequested();
            // Two merges can spell the same bytes; they share an id.
            var result = Add([.. tokens[left]!, .. tokens[right]!]);
            learner.Apply(left, right, result);
            merges.Add(new Merge(left, right, result, merges.Count));
            if (merges.Count % 256 == 0)
                progress.Report(new ProgressUpdate("Train tokenizer", tokens.Count, target, "tokens"));
        }

        progress.Report(new ProgressUpdate("Train tokenizer", tokens.Count, target, "tokens"));
        if (options.SpecialTokens.FirstOrDefault(t => known.IndexOf(Encoding.UTF8.GetBytes(t)) >= 0) is { } word)
            throw new OptionException("tokenizer.special_tokens", $"'{word}' is a token of the text as well.", "Use a name such as <|endoftext|>.");
        return (tokens, merges);

        int Add(byte[] bytes)
        {
            var id = known.GetOrAdd(bytes);
            if (id == tokens.Count)
                tokens.Add(bytes);
            return id;
        }
    }
}
