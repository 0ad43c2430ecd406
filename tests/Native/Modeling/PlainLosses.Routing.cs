namespace ExpertDivergence.Tests.Native.Modeling;

internal sealed partial class PlainLosses
{
    public double ZLoss(double[] logits, int layer) => Tokens().Average(t =>
        Math.Pow(Math.Log(Enumerable.Range(0, routing.Experts).Sum(e => Math.Exp(logits[(layer * routing.Sequences * routing.Length + t) * routing.Experts + e]))), 2));

    public double PaperVariance(double[] logits, int layer)
    {
        var (_, s, _) = Route(logits, layer);
        double sum = 0;
        for (var e = 0; e < routing.Experts; e++)
        {
            var mean = Tokens().Average(t => s[t][e]);
            sum += Tokens().Sum(t => Math.Pow(s[t][e] - mean, 2)) / routing.Experts;
        }

        return -sum / Tokens().Count();
    }

    public double CodeVariance(double[] logits, int layer)
    {
        var (full, _, _) = Route(logits, layer);
        return -Tokens().Average(t => full[t].Sum(p => Math.Pow(p - full[t].Average(), 2)) / (routing.Experts - 1));
    }

    public double LoadBalanceBySequence(double[] logits, int layer)
    {
        var (full, _, chosen) = Route(logits, layer);
        return Enumerable.Range(0, routing.Sequences).Average(s => Enumerable.Range(0, routing.Experts).Sum(e =>
            Tokens(s).Count(t => chosen[t].Contains(e)) / ((double)Tokens(s).Count() * routing.TopK / routing.Experts) * Tokens(s).Average(t => full[t][e])));
    }

    public double DivergenceOfTokens(double[] logits, int layer, int[] domains, int[] tokens, double epsilon)
    {
        var (full, _, _) = Route(logits, layer);
        var means = domains.Distinct().Order().Select(d => Mean(tokens.Where((_, i) => domains[i] == d).Select(t => full[t]))).ToArray();
        var pairs = (from i in Enumerable.Range(0, means.Length) from j in Enumerable.Range(0, i) select -Math.Log(JensenShannon(means[i], means[j]) + epsilon)).ToList();
        return pairs.Average();
    }

    public double Coupling(double[] logits, int layer, string formula)
    {
        var (here, next) = (Route(logits, layer), Route(logits, layer + 1));
        if (formula == "token")
        {
            return -Tokens().Average(t => (from e in here.Chosen[t] from v in next.Chosen[t] select here.Full[t][e] * next.Full[t][v]).Sum());
        }

        double sum = 0;
        for (var e = 0; e < routing.Experts; e++)
        {
            var joint = Enumerable.Range(0, routing.Experts).Select(v => Tokens().Average(t => here.Full[t][e] * next.Full[t][v]));
            sum += joint.OrderDescending().Take(routing.TopK).Sum();
        }

        return -sum;
    }
}
