namespace ExpertDivergence.Tests.Native.Modeling;

/// <summary>The losses once more, from their definitions, in plain loops over doubles: what values and gradients are held against.</summary>
internal sealed partial class PlainLosses(RoutingCase routing)
{
    /// <summary>Turns one sign of the formula; 0 leaves it right. For proving that the comparison notices.</summary>
    public int FlippedSign { get; init; }

    public double LoadBalance(double[] logits, int layer)
    {
        var (full, _, chosen) = Route(logits, layer);
        double loss = 0, tokens = routing.Lengths.Sum();
        for (var e = 0; e < routing.Experts; e++)
        {
            double load = 0, mean = 0;
            foreach (var t in Tokens())
            {
                load += chosen[t].Contains(e) ? 1 : 0;
                mean += full[t][e];
            }

            loss += load / (tokens * routing.TopK) * (mean / tokens);
        }

        return loss * routing.Experts;
    }

    public double Divergence(double[] logits, int layer, string formula, string probabilities, int[] domains, double epsilon)
    {
        var (full, postTopK, _) = Route(logits, layer);
        var p = probabilities == "full" ? full : postTopK;
        var sequences = Enumerable.Range(0, routing.Sequences).Select(s => Mean(Tokens(s).Select(t => p[t]))).ToArray();
        var means = domains.Distinct().Order().Select(d => Mean(sequences.Where((_, s) => domains[s] == d))).ToArray();
        double loss = 0;
        var pairs = 0;
        for (var i = 0; i < means.Length; i++)
        {
            for (var j = i + 1; j < means.Length; j++, pairs++)
            {
                var jsd = JensenShannon(means[i], means[j]);
                loss += (FlippedSign == 1 ? 1 : -1) * (formula == "jsd" ? jsd : Math.Log(jsd + epsilon));
            }
        }

        return pairs == 0 ? 0 : loss / pairs;
    }

    private double JensenShannon(double[] p, double[] q)
    {
        double sum = 0;
        for (var e = 0; e < p.Length; e++)
        {
            var m = 0.5 * (p[e] + q[e]);
            sum += p[e] > 0 ? 0.5 * p[e] * Math.Log(p[e] / m) : 0;
            sum += (FlippedSign == 2 ? -1 : 1) * (q[e] > 0 ? 0.5 * q[e] * Math.Log(q[e] / m) : 0);
        }

        return Math.Max(sum, 0);
    }

    private (double[][] Full, double[][] PostTopK, int[][] Chosen) Route(double[] logits, int layer)
    {
        var count = routing.Sequences * routing.Length;
        var full = new double[count][];
        var postTopK = new double[count][];
        var chosen = new int[count][];
        for (var t = 0; t < count; t++)
        {
            var row = logits.AsSpan((layer * count + t) * routing.Experts, routing.Experts).ToArray();
            var exp = row.Select(x => Math.Exp(x - row.Max())).ToArray();
            full[t] = [.. exp.Select(x => x / exp.Sum())];
            chosen[t] = [.. Enumerable.Range(0, routing.Experts).OrderByDescending(e => row[e]).Take(routing.TopK)];
            var sum = chosen[t].Sum(e => full[t][e]);
            postTopK[t] = [.. Enumerable.Range(0, routing.Experts).Select(e => chosen[t].Contains(e) ? full[t][e] / sum : 0)];
        }

        return (full, postTopK, chosen);
    }

    private IEnumerable<int> Tokens() => Enumerable.Range(0, routing.Sequences).SelectMany(Tokens);

    private IEnumerable<int> Tokens(int sequence) => Enumerable.Range(sequence * routing.Length, routing.Lengths[sequence]);

    private static double[] Mean(IEnumerable<double[]> rows)
    {
        var list = rows.ToList();
        return [.. Enumerable.Range(0, list[0].Length).Select(e => list.Average(r => r[e]))];
    }
}
