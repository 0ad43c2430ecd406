namespace ExpertDivergence.Evaluation;

/// <summary>Answers many prompts at once with the most probable token each time.</summary>
public static class GreedyDecoder
{
    /// <summary>The texts that follow the prompts, each cut before its earliest stop string.</summary>
    /// <param name="model">What generates.</param>
    /// <param name="codec">The tokenizer.</param>
    /// <param name="prompts">Token ids; an empty prompt becomes the end-of-text token.</param>
    /// <param name="maxNewTokens">Tokens generated at most for each.</param>
    /// <param name="stop">Strings that end an answer; the end-of-text token always does.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    public static IReadOnlyList<string> Decode(
        ILanguageModel model,
        ITextCodec codec,
        IReadOnlyList<int[]> prompts,
        int maxNewTokens,
        IReadOnlyList<string> stop,
        CancellationToken cancellation = default)
    {
        var answers = prompts.Select(_ => new List<int>()).ToArray();
        using var decoding = model.Decode([.. prompts.Select(prompt => TextGenerator.Begin(codec, prompt))]);
        var open = Enumerable.Range(0, prompts.Count).ToList();
        for (var step = 0; step < maxNewTokens && open.Count > 0; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            var logits = decoding.NextTokenLogits();
            var next = new int?[open.Count];
            for (var i = 0; i < open.Count; i++)
            {
                var token = Sampler.ArgMax(logits[i]);
                if (token == codec.EndOfTextId)
                    continue;
                answers[open[i]].Add(token);
                if (Earliest(codec.Decode(answers[open[i]]), stop) < 0)
                    next[i] = token;
            }

            decoding.Append(next);
            open = [.. open.Where((_, i) => next[i] is not null)];
        }

        return [.. answers.Select(answer => Cut(codec.Decode(answer), stop))];
    }

    private static string Cut(string text, IReadOnlyList<string> stop) => Earliest(text, stop) is >= 0 and var at ? text[..at] : text;

    private static int Earliest(string text, IReadOnlyList<string> stop) =>
        stop.Select(s => text.IndexOf(s, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
}
