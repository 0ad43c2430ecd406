using ExpertDivergence.Analysis;

namespace ExpertDivergence.Reporting;

/// <summary>What the routers do with the domains: by layer, and as the mean over layers with the difference to the baseline.</summary>
internal sealed class RoutingSection(Experiment experiment)
{
    private static readonly (string Name, Func<RoutingStatistics, double> Value)[] s_quantities =
    [
        ("mean_pairwise_jsd", row => row.MeanPairwiseJsd),
        ("d_inter", row => row.DInter),
        ("d_intra", row => row.DIntra),
        ("d_total", row => row.DTotal),
        ("inter_share", row => row.InterShare),
        ("mutual_information", row => row.MutualInformation),
        ("domain_entropy", row => row.DomainEntropy),
        ("mean_purity", row => row.MeanPurity),
        ("max_violation", row => row.MaxViolation),
        ("load_cv", row => row.LoadCv),
    ];

    public IReadOnlyList<int> Layers { get; } = [.. experiment.Runs[0].Routing.Select(row => row.Layer).Distinct().Order()];

    /// <summary>The label schemes, the coarse one first.</summary>
    public IReadOnlyList<string> Schemes { get; } = [.. experiment.Runs[0].Routing.Select(row => row.Scheme).Distinct()];

    public int DomainsOf(string scheme) => experiment.Runs[0].Activations.Where(row => row.Scheme == scheme).Select(row => row.Domain).Distinct().Count();

    /// <summary>A quantity in one layer.</summary>
    public Comparison At(string arm, string scheme, int layer, Func<RoutingStatistics, double> quantity) =>
        experiment.Compare(arm, run => quantity(run.RoutingOf(scheme, layer)));

    /// <summary>A quantity as the mean over layers.</summary>
    public Comparison Mean(string arm, string scheme, Func<RoutingStatistics, double> quantity) =>
        experiment.Compare(arm, run => run.Routing.Where(row => row.Scheme == scheme).Average(quantity));

    /// <summary>Writes <c>tables/routing.csv</c> and <c>tables/routing-mean.csv</c>.</summary>
    public void Write(TableFolder tables)
    {
        tables.Write("routing", ["arm", "scheme", "layer", "seeds", .. s_quantities.SelectMany(q => new[] { q.Name, q.Name + "_sd" })],
            experiment.Arms.SelectMany(arm => Schemes.SelectMany(scheme => Layers.Select(layer => new object?[] { arm, scheme, layer, experiment.Of(arm).Count }
                .Concat(s_quantities.SelectMany(q =>
                {
                    var estimate = At(arm, scheme, layer, q.Value).Value;
                    return new object?[] { estimate.Mean, estimate.StandardDeviation };
                })).ToArray()))));
        tables.Write("routing-mean", ["arm", "scheme", "quantity", "mean", "sd", "difference", "low", "high"],
            experiment.Arms.SelectMany(arm => Schemes.SelectMany(scheme => s_quantities.Select(q =>
            {
                var (value, difference, _) = Mean(arm, scheme, q.Value);
                return new object?[]
                {
                    arm, scheme, q.Name, value.Mean, value.StandardDeviation, difference?.Mean, difference?.Mean - difference?.HalfWidth(), difference?.Mean + difference?.HalfWidth(),
                };
            }))));
    }

    /// <summary>The mean over layers of every arm and scheme.</summary>
    /// <param name="sequences">S, the held-out sequences: with labels at random, small divergences would split like variances,
    /// and (C − 1)/(S − 1) of D_total would lie between C domains.</param>
    public MarkdownTable Means(long sequences) => new(
        ["Domains", "Arm", "Mean pairwise JSD (nats)", "Difference [95 % interval]", "JSD is", "D_inter / D_total", "with random labels", "Share is", "Load violation", "Violation is"],
        [
            .. Schemes.SelectMany(scheme => experiment.Arms.Select(arm =>
            {
                var (jsd, share, load) = (Mean(arm, scheme, row => row.MeanPairwiseJsd), Mean(arm, scheme, row => row.InterShare), Mean(arm, scheme, row => row.MaxViolation));
                return (IReadOnlyList<string>)
                [
                    Format.Whole(DomainsOf(scheme)), arm, Format.Spread(jsd.Value), Format.Interval(jsd.Difference), Format.Direction(jsd.Difference),
                    Share(share.Value), Format.Percent((DomainsOf(scheme) - 1.0) / Math.Max(1, sequences - 1)), Format.Direction(share.Difference),
                    Format.Spread(load.Value, 2), Format.Direction(load.Difference),
                ];
            })),
        ],
        Sources.Line("tables/routing-mean.csv", "routing.csv", "Analyze"));

    public MarkdownTable ByLayer(string scheme) => new(
        ["Layer", "Arm", "Mean pairwise JSD (nats)", "D_inter (nats)", "D_total (nats)", "D_inter / D_total", "I / H(domain)", "Purity", "Load violation", "Load CV"],
        [
            .. Layers.SelectMany(layer => experiment.Arms.Select(arm => (IReadOnlyList<string>)
            [
                Format.Whole(layer), arm,
                Format.Spread(At(arm, scheme, layer, row => row.MeanPairwiseJsd).Value),
                Format.Spread(At(arm, scheme, layer, row => row.DInter).Value),
                Format.Spread(At(arm, scheme, layer, row => row.DTotal).Value),
                Share(At(arm, scheme, layer, row => row.InterShare).Value),
                Share(At(arm, scheme, layer, row => row.DomainEntropy > 0 ? row.MutualInformation / row.DomainEntropy : 0).Value),
                Format.Spread(At(arm, scheme, layer, row => row.MeanPurity).Value, 2),
                Format.Spread(At(arm, scheme, layer, row => row.MaxViolation).Value, 2),
                Format.Spread(At(arm, scheme, layer, row => row.LoadCv).Value, 2),
            ])),
        ],
        Sources.Line("tables/routing.csv", "routing.csv", "Analyze"));

    private static string Share(Estimate share) => double.IsNaN(share.StandardDeviation)
        ? Format.Percent(share.Mean)
        : $"{Format.Number(share.Mean * 100, 1)} ± {Format.Percent(share.StandardDeviation)}";
}
