using System.Text.Json.Nodes;

namespace ExpertDivergence.Evaluation;

/// <summary>Free-text answers, decoded greedily in batches and judged by the task.</summary>
internal static class GenerationScorer
{
    public static IReadOnlyList<ItemScore> Score(
        EvaluationContext context,
        GenerationTask task,
        IReadOnlyList<(string Subset, GenerationItem Item)> items)
    {
        // Half of what the model reads is left to the prompt, however short the model.
        var newTokens = Math.Min(context.Options.MaxNewTokens, Math.Max(1, context.Model.MaximumLength / 2));
        var room = Math.Max(1, context.Model.MaximumLength - newTokens);
        var prompts = items.Select(pair => context.Codec.Encode(pair.Item.Prompt)).Select(ids => ids.Length > room ? ids[^room..] : ids).ToList();
        var report = context.Reporter(task.Name, items.Count, "answers");

        var results = new ItemScore[items.Count];
        var order = Enumerable.Range(0, items.Count).OrderByDescending(i => prompts[i].Length).ToArray();
        for (var next = 0; next < order.Length;)
        {
            var size = Math.Clamp(context.Options.BatchTokens / (prompts[order[next]].Length + newTokens), 1, order.Length - next);
            var batch = order.AsSpan(next, size).ToArray();
            var answers = GreedyDecoder.Decode(context.Model, context.Codec, [.. batch.Select(i => prompts[i])], newTokens, task.Stop, context.Cancellation);
            for (var i = 0; i < batch.Length; i++)
            {
                var (subset, item) = items[batch[i]];
                var grade = task.Grade(item, answers[i]);
                results[batch[i]] = new ItemScore(subset, item.Id, JsonValue.Create(grade.Gold), JsonValue.Create(grade.Prediction), [], grade.Values, 0);
            }

            next += size;
            report(next);
        }

        return results;
    }
}
