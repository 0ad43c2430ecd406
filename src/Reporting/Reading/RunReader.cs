using ExpertDivergence.Analysis;

namespace ExpertDivergence.Reporting;

/// <summary>Reads what the Pretrain, Evaluate and Analyze stages wrote.</summary>
internal static class RunReader
{
    private static readonly string[] s_metricColumns = ["step", "tokens", "learning_rate", "gradient_norm", "loss", "lm_loss", "domains_present", "domain_pairs"];

    public static RunResult Read(RunFolders folders)
    {
        var scores = Scores(folders.Evaluate, Remedy("Evaluate", folders));
        return new RunResult(
            folders,
            TrainingFile.Read(folders.Pretrain, Remedy("Pretrain", folders)),
            Curve(folders),
            HeldOut(folders.Evaluate, Remedy("Evaluate", folders)),
            ItemFile.Tasks(folders.Evaluate, scores, Remedy("Evaluate", folders)),
            scores,
            Routing(folders),
            Activations(folders));
    }

    public static YardstickResult Read(Yardstick yardstick)
    {
        var remedy = $"Run the Evaluate stage of the yardstick '{yardstick.Name}' again.";
        return new YardstickResult(yardstick, HeldOut(yardstick.Folder, remedy), Scores(yardstick.Folder, remedy));
    }

    private static string Remedy(string stage, RunFolders folders) => $"Run the {stage} stage of arm '{folders.Arm}', seed {folders.Seed}, again.";

    private static IReadOnlyList<CsvFileRow> Rows(string folder, string name, string remedy) => CsvFile.Read(Path.Combine(folder, name), remedy);

    private static IReadOnlyList<HeldOutRow> HeldOut(string folder, string remedy) =>
        [.. Rows(folder, "heldout.csv", remedy).Select(row => new HeldOutRow(
            row.Text("scheme"), row.Text("domain"), (long)row.Number("sequences"), (long)row.Number("tokens"), (long)row.Number("bytes"), row.Number("nll")))];

    private static IReadOnlyList<ScoreRow> Scores(string folder, string remedy) =>
        [.. CsvFile.Read(Path.Combine(folder, "scores.csv"), remedy, mayBeEmpty: true).Select(row => new ScoreRow(
            row.Text("task"), row.Text("metric"), row.Number("value"), row.Number("standard_error"), (long)row.Number("n"), row.Number("chance")))];

    private static IReadOnlyList<MetricRow> Curve(RunFolders folders)
    {
        var rows = Rows(folders.Pretrain, "metrics.csv", Remedy("Pretrain", folders));
        // Per-layer columns carry a dot; what is left beside the known columns are the auxiliary losses.
        var auxiliary = rows[0].Columns.Except(s_metricColumns).Where(column => !column.Contains('.')).ToArray();
        return [.. rows.Select(row => new MetricRow(
            (long)row.Number("step"), (long)row.Number("tokens"), row.Number("lm_loss"), auxiliary.ToDictionary(column => column, row.Number)))];
    }

    private static IReadOnlyList<RoutingStatistics> Routing(RunFolders folders) =>
        [.. Rows(folders.Analyze, "routing.csv", Remedy("Analyze", folders)).Select(row => new RoutingStatistics
        {
            Layer = (int)row.Number("layer"),
            Scheme = row.Text("scheme"),
            MeanPairwiseJsd = row.Number("mean_pairwise_jsd"),
            DInter = row.Number("d_inter"),
            DIntra = row.Number("d_intra"),
            DTotal = row.Number("d_total"),
            InterShare = row.Number("inter_share"),
            MutualInformation = row.Number("mutual_information"),
            MaxViolation = row.Number("max_violation"),
            LoadCv = row.Number("load_cv"),
            DomainEntropy = row.Number("domain_entropy"),
            MeanPurity = row.Number("mean_purity"),
        })];

    private static IReadOnlyList<ExpertActivation> Activations(RunFolders folders) =>
        [.. Rows(folders.Analyze, "activation.csv", Remedy("Analyze", folders)).Select(row => new ExpertActivation(
            (int)row.Number("layer"), row.Text("scheme"), row.Text("domain"), (int)row.Number("expert"), row.Number("mean_probability"), row.Number("load_share")))];
}
