using System.Text.Json;
using ExpertDivergence.Core;
using ExpertDivergence.Reporting;

namespace ExpertDivergence.Tests.Unit.Reporting;

/// <summary>Stage folders with made-up numbers, in the form that the stages write. Nothing in them was measured.</summary>
internal sealed class SyntheticResults : IDisposable
{
    private static readonly (string Arm, string Losses, double Divergence)[] s_arms =
    [
        ("baseline", """[{"name":"load_balance","coefficient":0.001}]""", 0.02),
        ("edl-3", """[{"name":"load_balance","coefficient":0.001},{"name":"divergence","coefficient":0.001,"granularity":"domain3"}]""", 0.25),
        ("edl-49", """[{"name":"load_balance","coefficient":0.001},{"name":"divergence","coefficient":0.001,"granularity":"domain49"}]""", 0.6),
    ];

    private readonly string[] _fine;
    private readonly int _layers;
    private readonly int _experts;

    public SyntheticResults(IEnumerable<string>? fine = null, int layers = 2, int experts = 4, int seeds = 2, int steps = 40)
    {
        (_fine, _layers, _experts) = ([.. fine ?? ["en/history", "en/travel", "zh/history", "zh/travel", "math"]], layers, experts);
        Folder = Directory.CreateTempSubdirectory("edl-report-").FullName;
        Runs = [.. s_arms.SelectMany(arm => Enumerable.Range(1, seeds).Select(seed => Run(arm.Arm, arm.Losses, arm.Divergence, seed, steps)))];
        var yardstick = NewFolder("Evaluate", "yardsticks");
        Evaluate(Path.Combine(yardstick, "trigram"), new KeyedRandom(0, "trigram"), shift: 0.9, items: false);
        Yardsticks = [new Yardstick("trigram", Path.Combine(yardstick, "trigram"))];
    }

    public string Folder { get; }

    public IReadOnlyList<RunFolders> Runs { get; }

    public IReadOnlyList<Yardstick> Yardsticks { get; }

    public ReportInput Input => new()
    {
        Recipe = "fixture",
        RecipeYaml = "name: fixture\nseeds: [1, 2]\n",
        Corpus = "The numbers of this report are made up, to test how a report is written.",
        CorpusIsSynthetic = true,
        Runs = Runs,
        Yardsticks = Yardsticks,
        Machine = new Dictionary<string, string> { ["machine"] = "none", ["program"] = "edl 0.1.0" },
        Command = "dotnet cake --target=Reproduce --recipe=fixture",
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private RunFolders Run(string arm, string losses, double divergence, int seed, int steps)
    {
        var random = new KeyedRandom(seed, arm);
        var run = new RunFolders(arm, seed, NewFolder("Pretrain", $"{arm}-s{seed}"), NewFolder("Evaluate", $"{arm}-s{seed}"), NewFolder("Analyze", $"{arm}-s{seed}"));
        Pretrain(run, losses, steps, random);
        Evaluate(run.Evaluate, random, shift: 0.004 * random.NextGaussian() - (arm == "baseline" ? 0 : 0.004), items: true);
        Analyze(run.Analyze, random, divergence);
        return run;
    }

    private static void Pretrain(RunFolders run, string losses, int steps, KeyedRandom random)
    {
        Write(run.Pretrain, "training.json", "{" + $$"""
            "arm":"{{run.Arm}}","seed":{{run.Seed}},"steps":{{steps * 10}},"tokens":{{steps * 10 * 2048}},"parameters":{"total":1234567,"active":456789},
            "order_sha256":"{{Hashing.OfText("order of seed " + run.Seed)}}","losses":{{losses}}
            """ + "}");
        Write(run.Pretrain, "config.json", """
            {"hidden_size":128,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"num_experts":4,"moe_intermediate_size":64,"num_experts_per_tok":2,"vocab_size":1024}
            """);
        var noise = new KeyedRandom(run.Seed, "batches");
        var offset = 0.01 * random.NextGaussian();
        var rows = Enumerable.Range(1, steps).Select(at =>
        {
            var loss = 3 + 4 * Math.Exp(-at / 6.0) + 0.05 * noise.NextGaussian() + offset * Math.Min(1, at / 10.0);
            return FormattableString.Invariant($"{at * 10},{at * 10 * 2048},0.001,1,{loss + 0.01},{loss},{1 + 0.1 / at},{2.0 / at},{1.0},{1.0},3,3");
        });
        Write(run.Pretrain, "metrics.csv", "step,tokens,learning_rate,gradient_norm,loss,lm_loss,load_balance,divergence,load_balance.0,divergence.0,domains_present,domain_pairs\n" + string.Join('\n', rows) + "\n");
        Write(run.Pretrain, "timing.csv", "step,seconds,tokens_per_second\n10,1,20000\n20,1,21000\n30,1,22000\n");
    }

    private void Evaluate(string folder, KeyedRandom random, double shift, bool items)
    {
        Directory.CreateDirectory(folder);
        var fine = _fine.Select((domain, at) => (Domain: domain, Tokens: 4000 + 100 * at, Nats: 2.5 + 0.02 * at + shift + 0.002 * random.NextGaussian())).ToArray();
        var lines = new List<string> { "scheme,domain,sequences,tokens,bytes,nll", Line("overall", "all", fine) };
        lines.AddRange(fine.GroupBy(row => row.Domain.Split('/')[0]).Select(group => Line("domain3", group.Key, [.. group])));
        lines.AddRange(fine.Select(row => Line("domain49", row.Domain, [row])));
        Write(folder, "heldout.csv", string.Join('\n', lines) + "\n");

        var answers = new List<string>();
        var (mmlu, gsm) = (new List<bool>(), new List<bool>());
        foreach (var (subset, at) in new[] { "mmlu_astronomy", "mmlu_law" }.SelectMany(subset => Enumerable.Range(0, 60).Select(at => (subset, at))))
        {
            mmlu.Add(random.NextDouble() < (items ? 0.45 : 0.3));
            answers.Add(JsonSerializer.Serialize(new { task = subset, id = $"{at}", gold = at % 4, prediction = mmlu[^1] ? at % 4 : (at + 1) % 4, log_likelihoods = new[] { -1.0, -2, -3, -4 } }));
        }

        foreach (var at in Enumerable.Range(0, 50))
        {
            gsm.Add(random.NextDouble() < 0.05);
            answers.Add(JsonSerializer.Serialize(new { task = "gsm8k", id = $"{at}", gold = "7", prediction = gsm[^1] ? "7" : "8", log_likelihoods = Array.Empty<double>() }));
        }

        Write(folder, "scores.csv", "task,metric,value,standard_error,n,chance\n"
            + Score("mmlu", "acc", mmlu, 0.25) + Score("mmlu_astronomy", "acc", mmlu[..60], 0.25) + Score("mmlu_law", "acc", mmlu[60..], 0.25)
            + Score("gsm8k", "exact_match_strict", [.. gsm.Select(_ => false)], 0) + Score("gsm8k", "exact_match_flexible", gsm, 0));
        if (items)
            Write(folder, "items.jsonl", string.Join('\n', answers) + "\n");
    }

    private void Analyze(string folder, KeyedRandom random, double divergence)
    {
        var activation = new List<string> { "layer,scheme,domain,expert,mean_probability,load_share" };
        var routing = new List<string> { "layer,scheme,mean_pairwise_jsd,d_inter,d_intra,d_total,inter_share,mutual_information,max_violation,load_cv,domain_entropy,mean_purity" };
        foreach (var scheme in new[] { "domain3", "domain49" })
        {
            var domains = scheme == "domain3" ? _fine.Select(domain => domain.Split('/')[0]).Distinct().ToArray() : _fine;
            for (var layer = 0; layer < _layers; layer++)
            {
                var jsd = divergence * (0.2 + 0.1 * layer) * (1 + 0.05 * random.NextGaussian());
                routing.Add(FormattableString.Invariant($"{layer},{scheme},{jsd},{jsd * 0.8},{0.3},{jsd * 0.8 + 0.3},{jsd * 0.8 / (jsd * 0.8 + 0.3)},{jsd * 0.7},{0.4 + 0.1 * random.NextDouble()},0.2,1.1,{0.4 + jsd}"));
                for (var domain = 0; domain < domains.Length; domain++)
                {
                    var weights = Enumerable.Range(0, _experts).Select(expert => 1 + 6 * divergence * (expert % domains.Length == (domain + layer) % domains.Length || expert == domain % _experts ? 1 : 0) + 0.2 * random.NextDouble()).ToArray();
                    for (var expert = 0; expert < _experts; expert++)
                        activation.Add(FormattableString.Invariant($"{layer},{scheme},\"{domains[domain]}\",{expert},{weights[expert] / weights.Sum()},{weights[expert] / weights.Sum()}"));
                }
            }
        }

        Write(folder, "routing.csv", string.Join('\n', routing) + "\n");
        Write(folder, "activation.csv", string.Join('\n', activation) + "\n");
    }

    private static string Line(string scheme, string domain, (string Domain, int Tokens, double Nats)[] rows) => FormattableString.Invariant(
        $"{scheme},\"{domain}\",{10 * rows.Length},{rows.Sum(row => row.Tokens)},{4 * rows.Sum(row => row.Tokens)},{rows.Sum(row => row.Tokens * row.Nats)}");

    private static string Score(string task, string metric, IReadOnlyCollection<bool> right, double chance)
    {
        var share = right.Average(value => value ? 1.0 : 0.0);
        return FormattableString.Invariant($"{task},{metric},{share},{Math.Sqrt(share * (1 - share) / (right.Count - 1))},{right.Count},{chance}\n");
    }

    private string NewFolder(string stage, string key) => Directory.CreateDirectory(Path.Combine(Folder, "stages", stage, key)).FullName;

    private static void Write(string folder, string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
}
