namespace ExpertDivergence.Analysis;

/// <summary>Entropies and divergences of distributions over experts, all in nats (natural logarithm, 0·log 0 = 0).</summary>
public static class Distributions
{
    /// <summary>Shannon entropy, H(p) = −Σ pᵢ log pᵢ, between 0 and log(length).</summary>
    /// <param name="p">Probabilities, shape [E], summing to 1.</param>
    public static double Entropy(ReadOnlySpan<double> p)
    {
        var sum = 0.0;
        foreach (var value in p)
        {
            if (value > 0)
                sum -= value * Math.Log(value);
        }

        return sum;
    }

    /// <summary>Kullback–Leibler divergence, KL(p‖q) = Σ pᵢ log(pᵢ/qᵢ); infinite where q is 0 and p is not.</summary>
    /// <param name="p">Probabilities, shape [E].</param>
    /// <param name="q">Probabilities, shape [E].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double KullbackLeibler(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        RequireSameLength(p, q);
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            if (p[i] > 0)
                sum += p[i] * Math.Log(p[i] / q[i]);
        }

        return sum;
    }

    /// <summary>Jensen–Shannon divergence, ½·KL(p‖m) + ½·KL(q‖m) with m = (p+q)/2: symmetric, between 0 and log 2 = 0.693.</summary>
    /// <param name="p">Probabilities, shape [E].</param>
    /// <param name="q">Probabilities, shape [E].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double JensenShannon(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        RequireSameLength(p, q);
        var sum = 0.0;
        for (var i = 0; i < p.Length; i++)
        {
            var middle = (p[i] + q[i]) / 2;
            if (p[i] > 0)
                sum += p[i] * Math.Log(p[i] / middle) / 2;
            if (q[i] > 0)
                sum += q[i] * Math.Log(q[i] / middle) / 2;
        }

        return Math.Max(0, sum);
    }

    /// <summary>The unweighted mean of <see cref="JensenShannon"/> over all unordered pairs; 0 where there is no pair.</summary>
    /// <param name="distributions">One distribution a domain, each of shape [E].</param>
    public static double MeanPairwiseJensenShannon(IReadOnlyList<double[]> distributions)
    {
        var sum = 0.0;
        var pairs = 0;
        for (var j = 0; j < distributions.Count; j++)
        {
            for (var k = j + 1; k < distributions.Count; k++, pairs++)
                sum += JensenShannon(distributions[j], distributions[k]);
        }

        return pairs == 0 ? 0 : sum / pairs;
    }

    /// <summary>Mutual information of row and column, I = H(row) + H(column) − H(row, column), at least 0.</summary>
    /// <param name="joint">Weights or counts, shape [C, E], not all 0; they are normalised here.</param>
    public static double MutualInformation(IReadOnlyList<double[]> joint)
    {
        var total = joint.Sum(row => row.Sum());
        if (total <= 0)
            return 0;
        var rows = new double[joint.Count];
        var columns = new double[joint[0].Length];
        var both = 0.0;
        for (var i = 0; i < joint.Count; i++)
        {
            var row = joint[i];
            for (var j = 0; j < row.Length; j++)
            {
                var share = row[j] / total;
                rows[i] += share;
                columns[j] += share;
                if (share > 0)
                    both -= share * Math.Log(share);
            }
        }

        return Math.Max(0, Entropy(rows) + Entropy(columns) - both);
    }

    private static void RequireSameLength(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        if (p.Length != q.Length)
            throw new ArgumentException($"Two distributions over the same experts are needed; these have {p.Length} and {q.Length}.");
    }
}
