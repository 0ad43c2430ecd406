// Shapes: C domains, E experts. Every field is a sum over the sequences seen, so memory does not grow with their number.
namespace ExpertDivergence.Analysis;

/// <summary>Sums up one layer's routing under one label scheme, sequence by sequence, in memory of C × E numbers.</summary>
/// <remarks>The divergences come from entropies, by the compensation identity: with p̄ⱼ the mean over the sequences of domain j and p̄
/// the mean over all, meanₛ KL(pₛ‖p̄) = H(p̄) − meanₛ H(pₛ), so a sum of entropies replaces the sequences themselves.</remarks>
public sealed class RoutingAccumulator
{
    private readonly double[][] _probabilities_CE;
    private readonly double[][] _loads_CE;
    private readonly double[] _entropies_C;
    private readonly double[] _weights_C;

    /// <summary>An empty accumulator.</summary>
    /// <param name="domains">C, the number of domains of the scheme.</param>
    /// <param name="experts">E, the number of experts of the layer.</param>
    public RoutingAccumulator(int domains, int experts)
    {
        _probabilities_CE = Enumerable.Range(0, domains).Select(_ => new double[experts]).ToArray();
        _loads_CE = Enumerable.Range(0, domains).Select(_ => new double[experts]).ToArray();
        _entropies_C = new double[domains];
        _weights_C = new double[domains];
    }

    /// <summary>Adds one sequence.</summary>
    /// <param name="domain">Its domain, from 0.</param>
    /// <param name="meanProbabilities">The router's probabilities, mean over its tokens, shape [E].</param>
    /// <param name="loads">Token slots sent to each expert, shape [E].</param>
    /// <param name="weight">What the sequence counts for.</param>
    public void Add(int domain, ReadOnlySpan<double> meanProbabilities, ReadOnlySpan<long> loads, double weight = 1)
    {
        var (probability_E, load_E) = (_probabilities_CE[domain], _loads_CE[domain]);
        for (var expert = 0; expert < probability_E.Length; expert++)
        {
            probability_E[expert] += weight * meanProbabilities[expert];
            load_E[expert] += loads[expert];
        }

        _entropies_C[domain] += weight * Distributions.Entropy(meanProbabilities);
        _weights_C[domain] += weight;
    }

    /// <summary>The statistics of what was added; <see cref="RoutingStatistics.Layer"/> and scheme are left to the caller.</summary>
    public RoutingStatistics Statistics()
    {
        var present = Present().ToArray();
        var whole = _weights_C.Sum();
        var means = present.Select(MeanOf).ToArray();
        var overall_E = new double[_probabilities_CE[0].Length];
        var (domainEntropies, sequenceEntropies) = (0.0, 0.0);
        for (var i = 0; i < present.Length; i++)
        {
            var weight = _weights_C[present[i]] / whole;
            domainEntropies += weight * Distributions.Entropy(means[i]);
            sequenceEntropies += _entropies_C[present[i]] / whole;
            for (var expert = 0; expert < overall_E.Length; expert++)
                overall_E[expert] += weight * means[i][expert];
        }

        // Entropies of nearly equal distributions may differ by a rounding error below 0.
        var overall = Distributions.Entropy(overall_E);
        var inter = Math.Max(0, overall - domainEntropies);
        var intra = Math.Max(0, domainEntropies - sequenceEntropies);
        var loads_E = Enumerable.Range(0, overall_E.Length).Select(expert => _loads_CE.Sum(row => row[expert])).ToArray();
        var slots = loads_E.Sum();
        return new RoutingStatistics
        {
            MeanPairwiseJsd = Distributions.MeanPairwiseJensenShannon(means),
            DInter = inter,
            DIntra = intra,
            DTotal = inter + intra,
            InterShare = inter + intra > 0 ? inter / (inter + intra) : 0,
            MutualInformation = Distributions.MutualInformation(_loads_CE),
            MaxViolation = LoadBalance.MaxViolation(loads_E),
            LoadCv = LoadBalance.CoefficientOfVariation(loads_E),
            DomainEntropy = slots == 0 ? 0 : Distributions.Entropy(_loads_CE.Select(row => row.Sum() / slots).ToArray()),
            MeanPurity = LoadBalance.Purity(_loads_CE).Where(double.IsFinite).DefaultIfEmpty(0).Average(),
        };
    }

    /// <summary>Mean probability and load share of every domain present and expert, domains in order, then experts.</summary>
    /// <param name="layer">The layer to write into the rows.</param>
    /// <param name="scheme">The scheme to write into the rows.</param>
    /// <param name="domains">The domains' names, shape [C].</param>
    public IEnumerable<ExpertActivation> Activations(int layer, string scheme, IReadOnlyList<string> domains)
    {
        foreach (var domain in Present())
        {
            var mean_E = MeanOf(domain);
            var slots = _loads_CE[domain].Sum();
            for (var expert = 0; expert < mean_E.Length; expert++)
            {
                var share = slots == 0 ? 0 : _loads_CE[domain][expert] / slots;
                yield return new ExpertActivation(layer, scheme, domains[domain], expert, mean_E[expert], share);
            }
        }
    }

    private IEnumerable<int> Present() => Enumerable.Range(0, _weights_C.Length).Where(domain => _weights_C[domain] > 0);

    private double[] MeanOf(int domain) => Array.ConvertAll(_probabilities_CE[domain], sum => sum / _weights_C[domain]);
}
