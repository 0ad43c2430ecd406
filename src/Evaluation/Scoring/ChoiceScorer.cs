using System.Text.Json.Nodes;

namespace ExpertDivergence.Evaluation;

/// <summary>Multiple choice: each choice is a continuation of the prompt; the likeliest is the prediction.</summary>
internal static class ChoiceScorer
{
    public static IReadOnlyList<ItemScore> Score(
        EvaluationContext context,
        BenchmarkTask task,
        IReadOnlyList<(string Subset, ChoiceItem Item)> items)
    {
        var requests = new List<ContinuationRequest>();
        var cut = 0;
        foreach (var (_, item) in items)
        {
            foreach (var choice in item.Choices)
            {
                var request = ContinuationEncoder.Encode(context.Codec, item.Prompt, Prompt.TargetDelimiter + choice);
                var fitted = ContinuationEncoder.Fit(request, context.Model.MaximumLength);
                cut += fitted.Tokens.Length < request.Tokens.Length ? 1 : 0;
                requests.Add(fitted);
            }
        }

        if (cut > 0)
            context.Progress.Note($"{task.Name}: {cut} of {requests.Count} prompts cut from the left to {context.Model.MaximumLength} tokens.");
        var scores = RequestBatcher.Score(context.Model, requests, context.Options.BatchTokens, context.Reporter(task.Name, requests.Count, "choices"), context.Cancellation);

        var results = new List<ItemScore>();
        var next = 0;
        foreach (var (subset, item) in items)
        {
            var logLikelihoods = scores.AsSpan(next, item.Choices.Count).ToArray().Select(score => score.LogLikelihood).ToArray();
            next += item.Choices.Count;
            var predictions = task.Metrics.Select(metric => Metric.Predict(metric, item.Choices, logLikelihoods)).ToList();
            results.Add(new ItemScore(
                subset,
                item.Id,
                JsonValue.Create(item.Gold),
                JsonValue.Create(predictions[0]),
                logLikelihoods,
                [.. predictions.Select(prediction => prediction == item.Gold ? 1.0 : 0.0)],
                1.0 / item.Choices.Count));
        }

        return results;
    }
}
