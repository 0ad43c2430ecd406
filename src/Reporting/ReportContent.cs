namespace ExpertDivergence.Reporting;

/// <summary>Everything that the template puts in place.</summary>
internal sealed class ReportContent
{
    private readonly Experiment _experiment;
    private readonly TableFolder _tables;
    private readonly HeldOutSection _heldOut;
    private readonly BenchmarkSection _benchmarks;
    private readonly RoutingSection _routing;
    private readonly Dictionary<string, Figure> _figures;

    public ReportContent(Experiment experiment, TableFolder tables)
    {
        (_experiment, _tables) = (experiment, tables);
        _heldOut = new HeldOutSection(experiment);
        _benchmarks = new BenchmarkSection(experiment);
        _routing = new RoutingSection(experiment);
        _figures = new (string Place, Figure? Figure)[]
        {
            ("losses", LossCurves.Of(experiment)),
            ("heldout", HeldOutDifferences.Of(experiment, _heldOut)),
            ("divergence", DivergenceByLayer.Of(experiment, _routing)),
            ("coarse", ActivationMaps.Coarse(experiment, _routing)),
            ("fine", ActivationMaps.Fine(experiment, _routing)),
        }.Where(pair => pair.Figure is not null).ToDictionary(pair => pair.Place, pair => pair.Figure!);
    }

    public IReadOnlyList<Figure> Figures => [.. _figures.Values];

    /// <summary>Writes the tables and gives the template's values.</summary>
    /// <param name="figuresMissing">Why the figures are not there; null where they are.</param>
    public Dictionary<string, object?> Model(string? figuresMissing)
    {
        var input = _experiment.Input;
        var claims = new Claims(_experiment, _heldOut, _benchmarks, _routing);
        var training = new TrainingSection(_experiment);
        var heldOutFile = _heldOut.Write(_tables);
        var benchmarkFile = _benchmarks.Write(_tables);
        _routing.Write(_tables);
        var fine = _heldOut.Domains("domain49").Count();
        var comparisons = fine * _experiment.Others.Count();
        return new Dictionary<string, object?>
        {
            ["question"] = input.Question,
            ["recipe"] = input.Recipe,
            ["arms"] = $"{(_experiment.Arms.Count == 1 ? "the arm" : "the arms")} {Format.List(_experiment.Arms)}",
            ["seeds"] = $"{(_experiment.Seeds.Count == 1 ? "seed" : "seeds")} {Format.List([.. _experiment.Seeds.Select(seed => seed.ToString(System.Globalization.CultureInfo.InvariantCulture))])}",
            ["corpus"] = input.Corpus,
            ["synthetic"] = input.CorpusIsSynthetic,
            ["baseline"] = input.Baseline,
            ["others"] = _experiment.Others.Any(),
            ["verdict"] = claims.Table(),
            ["inShort"] = claims.InShort(),
            ["claims"] = claims.Sentences(),
            ["intervals"] = Limits.Intervals(_experiment),
            ["model"] = training.Model(),
            ["pack"] = PackFacts.Sentence(input.PackFolder),
            ["order"] = training.Order(),
            ["training"] = training.Table(_tables),
            ["figures"] = figuresMissing is null ? _figures : [],
            ["figuresMissing"] = figuresMissing,
            ["heldout"] = _heldOut.Overall(heldOutFile),
            ["heldout3"] = _heldOut.ByDomain3(heldOutFile),
            ["heldout49"] = _heldOut.ByDomain49(heldOutFile),
            ["fineDomains"] = fine,
            ["fineComparisons"] = comparisons,
            ["fineExpected"] = Format.Number(Math.Max(1, comparisons * 0.05), 0),
            ["benchmarked"] = _benchmarks.Tasks.Count > 0,
            ["benchmarks"] = _benchmarks.Table(benchmarkFile),
            ["routing"] = _routing.Means(_heldOut.Sequences),
            ["routingTables"] = _routing.Schemes.Select(scheme => new { domains = _routing.DomainsOf(scheme), table = _routing.ByLayer(scheme) }).ToList(),
            ["limits"] = Limits.Of(_experiment),
            ["machine"] = input.Machine.ToList(),
            ["command"] = input.Command,
            ["recipeYaml"] = input.RecipeYaml.TrimEnd(),
            ["runs"] = Sources.Runs(_experiment, _tables),
        };
    }
}
