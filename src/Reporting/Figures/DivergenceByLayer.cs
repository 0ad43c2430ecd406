namespace ExpertDivergence.Reporting;

/// <summary>Mean pairwise divergence between domains, by layer and arm, one panel a label scheme.</summary>
internal static class DivergenceByLayer
{
    public static Figure Of(Experiment experiment, RoutingSection routing)
    {
        var rows = experiment.Runs.SelectMany(run => run.Routing.Select(row => new
        {
            arm = run.Arm,
            seed = run.Seed,
            row.Layer,
            scheme = $"{routing.DomainsOf(row.Scheme)} domains",
            jsd = row.MeanPairwiseJsd,
        })).Select(row => new { row.arm, row.seed, layer = row.Layer, row.scheme, row.jsd });
        var colour = $$"""{"field": "arm", "type": "nominal", "title": "arm", "scale": {{VegaLite.ColourScale(experiment.Arms)}} }""";
        var shape = $$"""{"field": "arm", "type": "nominal", "title": "arm", "scale": {{VegaLite.ShapeScale(experiment.Arms)}} }""";
        var x = """{"field": "layer", "type": "ordinal", "title": "layer", "axis": {"labelAngle": 0} }""";
        return new Figure(
            "divergence-by-layer",
            "Divergence of routing between domains, by layer",
            $"How far apart the domains' mean routing distributions are: 0 if all domains use the experts alike, {Format.Number(Math.Log(2), 3)} if no two share one. "
            + "Lines join the means over seeds, marks are single seeds. The two panels have scales of their own.",
            $$"""
            {
              "$schema": "{{VegaLite.Schema}}", "config": {{VegaLite.Config}},
              "title": "Divergence of routing between domains",
              "data": {"values": {{VegaLite.Json(rows)}} },
              "facet": {"column": {"field": "scheme", "title": null, "sort": {{VegaLite.Json(routing.Schemes.Select(scheme => $"{routing.DomainsOf(scheme)} domains"))}}, "header": {"labelFontSize": 14} } },
              "resolve": {"scale": {"y": "independent"} },
              "spacing": 36,
              "spec": {
                "width": 290, "height": 240,
                "layer": [
                  {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": {"x": {{x}}, "y": {"field": "jsd", "type": "quantitative", "aggregate": "mean", "title": "mean pairwise JSD (nats)"}, "color": {{colour}} } },
                  {"mark": {"type": "point", "filled": true, "size": 60, "opacity": 0.8}, "encoding": {"x": {{x}}, "y": {"field": "jsd", "type": "quantitative"}, "color": {{colour}}, "shape": {{shape}} } }
                ]
              }
            }
            """);
    }
}
