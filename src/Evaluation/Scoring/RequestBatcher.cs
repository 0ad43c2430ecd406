namespace ExpertDivergence.Evaluation;

/// <summary>Scores many requests in batches of like length: longest first, so that what does not fit in memory fails at once.</summary>
/// <remarks>Requests that stand beside each other and share their context stay together, so that a model can read it once.</remarks>
public static class RequestBatcher
{
    /// <summary>The score of every request, in the order given.</summary>
    /// <param name="model">What scores.</param>
    /// <param name="requests">Each at most the model's maximum length + 1 tokens.</param>
    /// <param name="batchTokens">Tokens in a batch, padding included and shared contexts counted once; a longer request is a batch of its own.</param>
    /// <param name="scored">Told how many requests have been scored so far.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    public static ContinuationScore[] Score(
        ILanguageModel model,
        IReadOnlyList<ContinuationRequest> requests,
        int batchTokens,
        Action<int>? scored = null,
        CancellationToken cancellation = default)
    {
        var groups = RequestGroup.Of(requests).OrderByDescending(group => group.Tokens).ToArray();
        var scores = new ContinuationScore[requests.Count];
        var done = 0;
        for (var next = 0; next < groups.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Math.Clamp(batchTokens / groups[next].Tokens, 1, groups.Length - next);
            var batch = groups[next..(next + size)].SelectMany(group => Enumerable.Range(group.First, group.Count)).ToArray();
            var answers = model.Score([.. batch.Select(i => requests[i])]);
            for (var i = 0; i < batch.Length; i++)
                scores[batch[i]] = answers[i];
            next += size;
            scored?.Invoke(done += batch.Length);
        }

        return scores;
    }
}
