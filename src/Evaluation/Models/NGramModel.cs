namespace ExpertDivergence.Evaluation;

/// <summary>A yardstick: a unigram, bigram or trigram model of the same tokens.</summary>
/// <remarks>Jelinek–Mercer interpolation with the weights of Witten and Bell (1991), so without a parameter to set: for a context h seen
/// c(h) times before d(h) different tokens, P(w | h) = (c(h w) + d(h) · P(w | h′)) / (c(h) + d(h)), where h′ is h without its
/// oldest token; below the unigram stands the uniform distribution. A context never seen leaves P(w | h′).</remarks>
public sealed class NGramModel : ILanguageModel
{
    private readonly NGramCounts[] _counts;
    private readonly int _mostFrequent;

    private NGramModel(int vocabularySize, NGramCounts[] counts)
    {
        VocabularySize = vocabularySize;
        _counts = counts;
        _mostFrequent = counts[0].MostFrequent;
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <summary>Enough for any prompt: only the last tokens count.</summary>
    public int MaximumLength => 1 << 20;

    /// <summary>Counts the n-grams of the sequences; none spans two of them.</summary>
    /// <param name="order">1 unigram, 2 bigram, 3 trigram.</param>
    /// <param name="vocabularySize">At most 2²¹.</param>
    /// <param name="sequences">Token ids; the first of each is context only, as for a trained model.</param>
    public static NGramModel Train(int order, int vocabularySize, IEnumerable<int[]> sequences)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 3);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabularySize, 1 << NGramCounts.BitsPerToken);
        var keys = Enumerable.Range(0, order).Select(_ => new List<ulong>()).ToArray();
        foreach (var sequence in sequences)
        {
            for (var i = 1; i < sequence.Length; i++)
            {
                for (var n = 1; n <= order && n <= i + 1; n++)
                    keys[n - 1].Add(NGramCounts.Key(sequence.AsSpan(i + 1 - n, n)));
            }
        }

        return new NGramModel(vocabularySize, [.. keys.Select(NGramCounts.Of)]);
    }

    /// <summary>The model of a lower order from the same counts.</summary>
    public NGramModel Lower(int order) => new(VocabularySize, _counts[..order]);

    /// <summary>P(token | context); of the context the last order − 1 tokens count.</summary>
    public double Probability(ReadOnlySpan<int> context, int token)
    {
        var probability = 1.0 / VocabularySize;
        for (var n = 0; n < _counts.Length && n <= context.Length; n++)
        {
            var seen = _counts[n].Followers(context[^n..]);
            if (seen.Total > 0)
                probability = (_counts[n].Count(seen, token) + (seen.Distinct * probability)) / (seen.Total + seen.Distinct);
        }

        return probability;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ContinuationScore> Score(IReadOnlyList<ContinuationRequest> batch) => [.. batch.Select(Score)];

    /// <inheritdoc/>
    public IReadOnlyList<float[]> NextTokenLogits(IReadOnlyList<int[]> contexts) =>
        [.. contexts.Select(context => Array.ConvertAll(Distribution(context), probability => (float)Math.Log(probability)))];

    /// <summary>P(· | context), <see cref="VocabularySize"/> numbers: <see cref="Probability"/> of all tokens at once.</summary>
    public double[] Distribution(ReadOnlySpan<int> context)
    {
        var probabilities = new double[VocabularySize];
        Array.Fill(probabilities, 1.0 / VocabularySize);
        for (var n = 0; n < _counts.Length && n <= context.Length; n++)
        {
            var seen = _counts[n].Followers(context[^n..]);
            if (seen.Total == 0)
                continue;
            double whole = seen.Total + seen.Distinct;
            for (var token = 0; token < probabilities.Length; token++)
                probabilities[token] *= seen.Distinct / whole;
            foreach (var (token, count) in _counts[n].Of(seen))
                probabilities[token] += count / whole;
        }

        return probabilities;
    }

    private ContinuationScore Score(ContinuationRequest request)
    {
        var (sum, greedy) = (0.0, true);
        var byToken = new double[request.Tokens.Length - request.Start];
        for (var i = request.Start; i < request.Tokens.Length; i++)
        {
            var context = request.Tokens.AsSpan(0, i);
            byToken[i - request.Start] = Math.Log(Probability(context, request.Tokens[i]));
            sum += byToken[i - request.Start];
            greedy = greedy && MostProbable(context) == request.Tokens[i];
        }

        return new ContinuationScore(sum, greedy, request.ByToken ? byToken : null);
    }

    // What was never seen after the context ranks as in the unigram, so only its most frequent token can win besides those seen.
    private int MostProbable(ReadOnlySpan<int> context)
    {
        var (best, greatest) = (_mostFrequent, Probability(context, _mostFrequent));
        for (var n = 1; n < _counts.Length && n <= context.Length; n++)
        {
            foreach (var (token, _) in _counts[n].Of(_counts[n].Followers(context[^n..])))
            {
                var probability = Probability(context, token);
                if (probability > greatest || (probability == greatest && token < best))
                    (best, greatest) = (token, probability);
            }
        }

        return best;
    }
}
