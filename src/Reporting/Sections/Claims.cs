using ExpertDivergence.Analysis;

namespace ExpertDivergence.Reporting;

/// <summary>What was found, a sentence a claim, whichever way it went.</summary>
internal sealed class Claims(Experiment experiment, HeldOutSection heldOut, BenchmarkSection benchmarks, RoutingSection routing)
{
    private const double Clear = 3;

    /// <summary>One word a claim and arm.</summary>
    public MarkdownTable Table() => new(
        [
            "Arm", "Held-out loss", .. routing.Schemes.Select(scheme => $"Divergence between {routing.DomainsOf(scheme)} domains"), "Load violation",
            "Benchmarks better / worse / inconclusive",
        ],
        [
            .. experiment.Others.Select(arm =>
            {
                var verdicts = BenchmarkVerdicts(arm);
                return (IReadOnlyList<string>)
                [
                    arm,
                    Format.Word(heldOut.Nats(arm, "overall", heldOut.OverallDomain).Difference, lowerIsBetter: true),
                    .. routing.Schemes.Select(scheme => Format.Direction(Divergence(arm, scheme).Difference)),
                    Format.Direction(Load(arm).Difference),
                    $"{verdicts[Verdict.Better].Count()} / {verdicts[Verdict.Worse].Count()} / {verdicts[Verdict.Inconclusive].Count()}",
                ];
            }),
        ],
        "the tables of the sections below");

    /// <summary>The answer in one sentence.</summary>
    public string InShort()
    {
        var loss = experiment.Others.ToLookup(arm => Judge(heldOut.Nats(arm, "overall", heldOut.OverallDomain), lowerIsBetter: true));
        var apart = experiment.Others.ToLookup(arm => Judge(Divergence(arm, routing.Schemes[^1]), lowerIsBetter: false));
        var clauses = new[]
        {
            Clause(loss[Verdict.Better], $"{{0}} predicted held-out text better than {experiment.Baseline}"),
            Clause(loss[Verdict.Worse], $"{{0}} predicted held-out text worse than {experiment.Baseline}"),
            Clause(loss[Verdict.Inconclusive], $"for {{0}} these seeds cannot say whether held-out text is predicted better or worse than by {experiment.Baseline}"),
            Clause(apart[Verdict.Better], $"{{0}} routed the {routing.DomainsOf(routing.Schemes[^1])} domains further apart than {experiment.Baseline}"),
            Clause(apart[Verdict.Worse], $"{{0}} routed the {routing.DomainsOf(routing.Schemes[^1])} domains closer together than {experiment.Baseline}"),
            Clause(apart[Verdict.Inconclusive], $"for {{0}} these seeds cannot say whether the {routing.DomainsOf(routing.Schemes[^1])} domains are routed further apart"),
        };
        return string.Join("; ", clauses.OfType<string>()) + ".";
    }

    /// <summary>The sentences, as Markdown.</summary>
    public IReadOnlyList<string> Sentences() =>
    [
        .. experiment.Others.Select(HeldOutLoss),
        .. experiment.Others.Select(RoutingDivergence),
        .. experiment.Others.Select(LoadViolation),
        .. experiment.Others.Select(Benchmarks).OfType<string>(),
        .. benchmarks.Tasks.Count == 0 ? [] : new[] { AboveChance() },
        .. Yardsticks(),
    ];

    private static string? Clause(IEnumerable<string> arms, string text) =>
        arms.ToList() is { Count: > 0 } list ? string.Format(System.Globalization.CultureInfo.InvariantCulture, text, Format.List(list)) : null;

    private static Verdict Judge(Comparison comparison, bool lowerIsBetter) => comparison.Difference?.Judge(lowerIsBetter) ?? Verdict.Inconclusive;

    private string HeldOutLoss(string arm)
    {
        var nats = heldOut.Nats(arm, "overall", heldOut.OverallDomain);
        var baseline = heldOut.Nats(experiment.Baseline, "overall", heldOut.OverallDomain);
        return $"**Held-out loss, {arm}: {Format.Word(nats.Difference, lowerIsBetter: true)}.** {Format.Spread(nats.Value)} nats per token against {Format.Spread(baseline.Value)}; {Difference(nats, 4)}.";
    }

    private string RoutingDivergence(string arm)
    {
        var schemes = routing.Schemes.Select(scheme =>
        {
            var (jsd, share) = (Divergence(arm, scheme), Share(arm, scheme));
            return $"Between the {routing.DomainsOf(scheme)} domains {Format.Number(jsd.Value.Mean)} against {Format.Number(Divergence(experiment.Baseline, scheme).Value.Mean)} nats; "
                + $"{Difference(jsd, 4)}; share of D_inter in D_total {Format.Percent(share.Value.Mean)} against {Format.Percent(Share(experiment.Baseline, scheme).Value.Mean)}, {Format.Direction(share.Difference)}.";
        });
        var words = routing.Schemes.ToLookup(scheme => Format.Direction(Divergence(arm, scheme).Difference), scheme => $"{routing.DomainsOf(scheme)} domains");
        var verdict = words.Count == 1 ? words.First().Key : string.Join(", ", words.Select(word => $"{word.Key} ({Format.List([.. word])})"));
        return $"**Divergence of routing, {arm}: {verdict}.** Mean pairwise Jensen–Shannon divergence, mean over layers (at most {Format.Number(Math.Log(2), 3)} nats). {string.Join(" ", schemes)}";
    }

    private string LoadViolation(string arm)
    {
        var load = Load(arm);
        return $"**Load balance, {arm}: violation {Format.Direction(load.Difference)}.** The busiest expert of a layer gets {Format.Percent(load.Value.Mean, 0)} more than the mean load "
            + $"against {Format.Percent(Load(experiment.Baseline).Value.Mean, 0)} (mean over layers); {Difference(load, 3)}.";
    }

    private string? Benchmarks(string arm)
    {
        var verdicts = BenchmarkVerdicts(arm);
        if (verdicts.Count == 0)
            return null;
        var parts = new[] { Verdict.Better, Verdict.Worse, Verdict.Inconclusive }
            .Where(verdicts.Contains)
            .Select(verdict => $"{Format.Word(verdict)} on {Format.List([.. verdicts[verdict].Select(task => $"`{task}`")])}");
        return $"**Benchmarks, {arm}:** compared with {experiment.Baseline} item by item, {string.Join("; ", parts)}.";
    }

    private string AboveChance()
    {
        var kind = experiment.Input.CorpusIsSynthetic ? "micro-world scores" : "scores";
        var arms = experiment.Arms.Select(arm =>
        {
            var above = benchmarks.Tasks.SelectMany(benchmarks.Of).Where(score => score.Arm == arm && score.AboveChance >= Clear).Select(score => $"`{score.Row.Task}`").ToList();
            return $"{arm}: {(above.Count == 0 ? "none" : Format.List(above))}";
        });
        return $"**Above chance:** {kind} three standard errors or more above chance, pooled over seeds, of {benchmarks.Tasks.Count} benchmarks: {string.Join("; ", arms)}.";
    }

    private IEnumerable<string> Yardsticks()
    {
        if (experiment.Yardsticks.Count == 0)
            yield break;
        var best = experiment.Yardsticks.Select(y => (y.Yardstick.Name, Bits: y.HeldOut.First(row => row.Scheme == "overall").BitsPerByte)).MinBy(y => y.Bits);
        var own = heldOut.Bits(experiment.Baseline, "overall", heldOut.OverallDomain).Value.Mean;
        yield return $"**Against n-gram counts:** {experiment.Baseline} needs {Format.Number(own, 3)} bits per byte of held-out text, the {best.Name} model {Format.Number(best.Bits, 3)}"
            + (own < best.Bits ? "." : ": the trained model has not learned more than the n-gram counts.");
    }

    /// <summary>The difference with its interval and how many seeds agree on its sign.</summary>
    private static string Difference(Comparison comparison, int decimals)
    {
        if (comparison.Difference is not { } difference)
            return "no seed is shared, so there is no paired difference";
        var (sign, count) = difference.Mean < 0 ? ("lower", comparison.Pairs.Count(pair => pair < 0)) : ("higher", comparison.Pairs.Count(pair => pair > 0));
        return difference.Count < 2
            ? $"difference {Format.Signed(difference.Mean, decimals)}; one seed has no interval"
            : $"difference {Format.Signed(difference.Mean, decimals)} ± {Format.Number(difference.HalfWidth(), decimals)}, {sign} in {count} of {difference.Count} seeds";
    }

    private Comparison Divergence(string arm, string scheme) => routing.Mean(arm, scheme, row => row.MeanPairwiseJsd);

    private Comparison Share(string arm, string scheme) => routing.Mean(arm, scheme, row => row.InterShare);

    private Comparison Load(string arm) => routing.Mean(arm, routing.Schemes[0], row => row.MaxViolation);

    private ILookup<Verdict, string> BenchmarkVerdicts(string arm) => benchmarks.Tasks.SelectMany(benchmarks.Of)
        .Where(score => score.Arm == arm && score.Difference is not null)
        .ToLookup(score => score.Verdict, score => score.Row.Task);
}
