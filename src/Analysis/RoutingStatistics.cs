using CsvHelper;

namespace ExpertDivergence.Analysis;

/// <summary>What one layer's router does with the domains of one label scheme: a row of <c>routing.csv</c>.
/// Divergences and information in nats; definitions in <c>docs/metrics.md</c>.</summary>
[CsvRecord]
public sealed partial record RoutingStatistics
{
    /// <summary>The layer, from 0.</summary>
    [CsvColumn("layer")]
    public int Layer { get; init; }

    /// <summary>The label scheme: <c>domain3</c> or <c>domain49</c>.</summary>
    [CsvColumn("scheme")]
    public string Scheme { get; init; } = "";

    /// <summary>Mean Jensen–Shannon divergence over the pairs of domains present, from 0 to log 2.</summary>
    [CsvColumn("mean_pairwise_jsd")]
    public double MeanPairwiseJsd { get; init; }

    /// <summary>D_inter = Σⱼ wⱼ KL(p̄ⱼ‖p̄): how far the domains' means are from the mean of all.</summary>
    [CsvColumn("d_inter")]
    public double DInter { get; init; }

    /// <summary>D_intra = Σⱼ wⱼ meanₛ KL(pₛ‖p̄ⱼ): how far sequences are from the mean of their domain.</summary>
    [CsvColumn("d_intra")]
    public double DIntra { get; init; }

    /// <summary>D_total = meanₛ KL(pₛ‖p̄) = D_inter + D_intra.</summary>
    [CsvColumn("d_total")]
    public double DTotal { get; init; }

    /// <summary>D_inter / D_total; 0 where D_total is 0.</summary>
    [CsvColumn("inter_share")]
    public double InterShare { get; init; }

    /// <summary>I(expert; domain) of the token slots as dispatched, at most <see cref="DomainEntropy"/>.</summary>
    [CsvColumn("mutual_information")]
    public double MutualInformation { get; init; }

    /// <summary>(max load − mean load) / mean load over the whole held-out set.</summary>
    [CsvColumn("max_violation")]
    public double MaxViolation { get; init; }

    /// <summary>Standard deviation of the loads over their mean.</summary>
    [CsvColumn("load_cv")]
    public double LoadCv { get; init; }

    /// <summary>H(domain) of the token slots: what <see cref="MutualInformation"/> can reach.</summary>
    [CsvColumn("domain_entropy")]
    public double DomainEntropy { get; init; }

    /// <summary>The mean over loaded experts of the share of an expert's load that its main domain sends.</summary>
    [CsvColumn("mean_purity")]
    public double MeanPurity { get; init; }
}

/// <summary>How much one domain uses one expert of one layer: a row of <c>activation.csv</c>.</summary>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Scheme">The label scheme: <c>domain3</c> or <c>domain49</c>.</param>
/// <param name="Domain">The domain's name.</param>
/// <param name="Expert">The expert, from 0.</param>
/// <param name="MeanProbability">The router's probability of the expert, mean over the domain's sequences; sums to 1 over experts.</param>
/// <param name="LoadShare">The share of the domain's token slots sent to the expert; sums to 1 over experts.</param>
[CsvRecord]
public sealed partial record ExpertActivation(
    [property: CsvColumn("layer")] int Layer,
    [property: CsvColumn("scheme")] string Scheme,
    [property: CsvColumn("domain")] string Domain,
    [property: CsvColumn("expert")] int Expert,
    [property: CsvColumn("mean_probability")] double MeanProbability,
    [property: CsvColumn("load_share")] double LoadShare);
