using ExpertDivergence.Core;

namespace ExpertDivergence.Evaluation;

/// <summary>Draws a token from logits.</summary>
public static class Sampler
{
    /// <summary>The token with the greatest logit; ties go to the lowest id.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
                best = i;
        }

        return best;
    }

    /// <summary>Draws from softmax(logits / temperature), first cut to the top k, then to the nucleus of probability top p.</summary>
    public static int Draw(ReadOnlySpan<float> logits, SamplingOptions options, KeyedRandom random)
    {
        if (options.Temperature == 0)
            return ArgMax(logits);
        var ids = new int[logits.Length];
        var weights = new double[logits.Length];
        var greatest = logits[ArgMax(logits)];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = i;
            weights[i] = Math.Exp((logits[i] - greatest) / options.Temperature);
        }

        // Most probable first; ties by id, so that the draw is the same everywhere.
        Array.Sort(ids, (a, b) => weights[b] != weights[a] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
        var kept = Math.Min(options.TopK ?? ids.Length, ids.Length);
        var total = ids.Take(kept).Sum(id => weights[id]);
        if (options.TopP < 1)
        {
            var (nucleus, reached) = (0, 0.0);
            while (nucleus < kept && reached < options.TopP * total)
                reached += weights[ids[nucleus++]];
            (kept, total) = (nucleus, reached);
        }

        var left = random.NextDouble() * total;
        for (var i = 0; i < kept; i++)
        {
            left -= weights[ids[i]];
            if (left < 0)
                return ids[i];
        }

        return ids[kept - 1];
    }
}
