namespace ExpertDivergence.Evaluation;

/// <summary>Scores many requests in batches of like length: longest first, so that what does not fit in memory fails at once.</summary>
public static class RequestBatcher
{
    /// <summary>The score of every request, in the order given.</summary>
    /// <param name="model">What scores.</param>
    /// <param name="requests">Each at most the model's maximum length + 1 tokens.</param>
    /// <param name="batchTokens">Tokens in a batch, padding included; a longer request is a batch of its own.</param>
    /// <param name="scored">Told how many requests have been scored so far.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    public static ContinuationScore[] Score(
        ILanguageModel model,
        IReadOnlyList<ContinuationRequest> requests,
        int batchTokens,
        Action<int>? scored = null,
        CancellationToken cancellation = default)
    {
        // Stable, so that the choices of one question, which share their context, stay together.
        var order = Enumerable.Range(0, requests.Count).OrderByDescending(i => requests[i].Tokens.Length).ToArray();
        var scores = new ContinuationScore[requests.Count];
        for (var next = 0; next < order.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Math.Clamp(batchTokens / requests[order[next]].Tokens.Length, 1, order.Length - next);
            var batch = order.AsSpan(next, size).ToArray();
            var answers = model.Score([.. batch.Select(i => requests[i])]);
            for (var i = 0; i < batch.Length; i++)
                scores[batch[i]] = answers[i];
            next += size;
            scored?.Invoke(next);
        }

        return scores;
    }
}
