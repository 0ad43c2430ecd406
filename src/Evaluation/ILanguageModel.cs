namespace ExpertDivergence.Evaluation;

/// <summary>A request for log P(continuation | context): the last tokens of a sequence are what is scored.</summary>
/// <param name="Tokens">Context and continuation, at most <see cref="ILanguageModel.MaximumLength"/> + 1 tokens (the last is never an input).</param>
/// <param name="Start">Position of the continuation's first token; at least 1.</param>
/// <param name="ByToken">Whether each token's log-likelihood is wanted too.</param>
public sealed record ContinuationRequest(int[] Tokens, int Start, bool ByToken = false);

/// <summary>What a model says of a continuation.</summary>
/// <param name="LogLikelihood">Sum over the continuation of log P(token | tokens before it), in nats.</param>
/// <param name="IsGreedy">Whether every token of the continuation is the model's most probable one (ties: the lowest id).</param>
/// <param name="ByToken">The log-likelihoods that were summed, if the request asks for them.</param>
public readonly record struct ContinuationScore(double LogLikelihood, bool IsGreedy, double[]? ByToken = null);

/// <summary>All that evaluation asks of a language model. Benchmarks, held-out loss and generation are written against it alone.</summary>
public interface ILanguageModel
{
    /// <summary>Number of token ids.</summary>
    int VocabularySize { get; }

    /// <summary>The most tokens that the model reads at once.</summary>
    int MaximumLength { get; }

    /// <summary>Scores a batch, in the order given. Requests may differ in length: the model pads.</summary>
    IReadOnlyList<ContinuationScore> Score(IReadOnlyList<ContinuationRequest> batch);

    /// <summary>The logits of the token after each context, <see cref="VocabularySize"/> numbers per context.</summary>
    /// <param name="contexts">Token sequences of 1 to <see cref="MaximumLength"/> tokens, of any mixture of lengths.</param>
    IReadOnlyList<float[]> NextTokenLogits(IReadOnlyList<int[]> contexts);

    /// <summary>Begins to continue the contexts, all together.</summary>
    /// <param name="contexts">Token sequences of at least a token, of any mixture of lengths.</param>
    IDecoding Decode(IReadOnlyList<int[]> contexts) => new WindowDecoding(this, contexts);
}
