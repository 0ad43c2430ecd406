using ExpertDivergence.Analysis;

namespace ExpertDivergence.Reporting;

/// <summary>Held-out loss of every arm, overall and by domain, with the difference to the baseline.</summary>
internal sealed class HeldOutSection(Experiment experiment)
{
    /// <summary>Schemes and domains in the order of the baseline's file.</summary>
    private readonly IReadOnlyList<HeldOutRow> _rows = experiment.Of(experiment.Baseline)[0].HeldOut;

    public string OverallDomain => _rows.First(row => row.Scheme == "overall").Domain;

    /// <summary>A scheme's domains in ordinal order.</summary>
    public IEnumerable<string> Domains(string scheme) => _rows.Where(row => row.Scheme == scheme).Select(row => row.Domain).Order(StringComparer.Ordinal);

    public long Sequences => _rows.First(row => row.Scheme == "overall").Sequences;

    public Comparison Nats(string arm, string scheme, string domain) => experiment.Compare(arm, run => run.HeldOutOf(scheme, domain).NatsPerToken);

    public Comparison Bits(string arm, string scheme, string domain) => experiment.Compare(arm, run => run.HeldOutOf(scheme, domain).BitsPerByte);

    /// <summary>Writes <c>tables/heldout.csv</c> and <c>tables/heldout-by-seed.csv</c>.</summary>
    public string Write(TableFolder tables)
    {
        tables.Write("heldout-by-seed", ["arm", "seed", "scheme", "domain", "tokens", "bytes", "nats_per_token", "bits_per_byte"],
            experiment.Runs.SelectMany(run => run.HeldOut.Select(row => new object?[]
            {
                run.Arm, run.Seed, row.Scheme, row.Domain, row.Tokens, row.Bytes, row.NatsPerToken, row.BitsPerByte,
            })));
        return tables.Write("heldout",
            [
                "arm", "scheme", "domain", "tokens", "bytes", "seeds", "nats_per_token", "nats_per_token_sd", "bits_per_byte", "bits_per_byte_sd",
                "nats_difference", "nats_low", "nats_high", "bits_difference", "bits_low", "bits_high", "verdict",
            ],
            Yardsticks().Concat(experiment.Arms.SelectMany(arm => _rows.Select(row =>
            {
                var (nats, bits) = (Nats(arm, row.Scheme, row.Domain), Bits(arm, row.Scheme, row.Domain));
                return new object?[]
                {
                    arm, row.Scheme, row.Domain, row.Tokens, row.Bytes, nats.Value.Count, nats.Value.Mean, nats.Value.StandardDeviation, bits.Value.Mean, bits.Value.StandardDeviation,
                    nats.Difference?.Mean, nats.Difference?.Mean - nats.Difference?.HalfWidth(), nats.Difference?.Mean + nats.Difference?.HalfWidth(),
                    bits.Difference?.Mean, bits.Difference?.Mean - bits.Difference?.HalfWidth(), bits.Difference?.Mean + bits.Difference?.HalfWidth(),
                    arm == experiment.Baseline ? null : Format.Word(bits.Difference, lowerIsBetter: true),
                };
            }))));
    }

    public MarkdownTable Overall(string path) => new(
        ["Model", "Seeds", "Loss (nats/token)", "Bits per byte", "Difference (nats/token) [95 % interval]", "Verdict"],
        [
            .. experiment.Arms.Select(arm =>
            {
                var (nats, bits) = (Nats(arm, "overall", OverallDomain), Bits(arm, "overall", OverallDomain));
                return (IReadOnlyList<string>)
                [
                    arm, Format.Whole(nats.Value.Count), Format.Spread(nats.Value), Format.Spread(bits.Value),
                    Format.Interval(nats.Difference), Verdict(arm, nats.Difference),
                ];
            }),
            .. experiment.Yardsticks.Select(yardstick =>
            {
                var row = yardstick.HeldOut.First(row => row.Scheme == "overall");
                return (IReadOnlyList<string>)[$"{yardstick.Yardstick.Name} (yardstick)", Format.None, Format.Number(row.NatsPerToken), Format.Number(row.BitsPerByte), Format.None, Format.None];
            }),
        ],
        Source(path));

    public MarkdownTable ByDomain3(string path) => new(
        ["Domain", "Tokens", "Model", "Loss (nats/token)", "Bits per byte", "Difference (bits per byte) [95 % interval]", "Verdict"],
        [
            .. Domains("domain3").SelectMany(domain => experiment.Arms.Select(arm =>
            {
                var (nats, bits) = (Nats(arm, "domain3", domain), Bits(arm, "domain3", domain));
                return (IReadOnlyList<string>)
                [
                    domain, Format.Whole(Tokens("domain3", domain)), arm, Format.Spread(nats.Value), Format.Spread(bits.Value),
                    Format.Interval(bits.Difference), Verdict(arm, bits.Difference),
                ];
            })),
        ],
        Source(path));

    public MarkdownTable ByDomain49(string path) => new(
        ["Domain", "Tokens", $"{experiment.Baseline} (bits per byte)", .. experiment.Others.SelectMany(arm => new[] { $"{arm}: difference", "verdict" })],
        [
            .. Domains("domain49").Select(domain => (IReadOnlyList<string>)
            [
                $"`{domain}`", Format.Whole(Tokens("domain49", domain)), Format.Spread(Bits(experiment.Baseline, "domain49", domain).Value),
                .. experiment.Others.SelectMany(arm =>
                {
                    var difference = Bits(arm, "domain49", domain).Difference;
                    return new[] { difference is null ? Format.None : Format.Signed(difference.Mean), Format.Word(difference, lowerIsBetter: true) };
                }),
            ]),
        ],
        Source(path));

    private string Verdict(string arm, Estimate? difference) => arm == experiment.Baseline ? Format.None : Format.Word(difference, lowerIsBetter: true);

    private long Tokens(string scheme, string domain) => _rows.First(row => row.Scheme == scheme && row.Domain == domain).Tokens;

    private static string Source(string path) => Sources.Line(path, "heldout.csv", "Evaluate") + "; single seeds in [`tables/heldout-by-seed.csv`](tables/heldout-by-seed.csv)";

    private IEnumerable<object?[]> Yardsticks() => experiment.Yardsticks.SelectMany(yardstick => yardstick.HeldOut.Select(row => new object?[]
    {
        yardstick.Yardstick.Name, row.Scheme, row.Domain, row.Tokens, row.Bytes, null, row.NatsPerToken, null, row.BitsPerByte, null, null, null, null, null, null, null, null,
    }));
}
