namespace ExpertDivergence.Reporting;

/// <summary>Which experts each domain uses, arms side by side: every layer for the coarse domains, one layer for the fine ones.</summary>
internal static class ActivationMaps
{
    public static Figure Coarse(Experiment experiment, RoutingSection routing)
    {
        var layers = routing.Layers.Count <= 6 ? routing.Layers : [routing.Layers[0], routing.Layers[routing.Layers.Count / 2], routing.Layers[^1]];
        return Map(experiment, "experts-domain3", "domain3", layers, 26, "Use of experts by domain");
    }

    public static Figure Fine(Experiment experiment, RoutingSection routing)
    {
        var layer = routing.Layers.MaxBy(layer => experiment.Arms.Average(arm => routing.At(arm, "domain49", layer, row => row.MeanPairwiseJsd).Value.Mean));
        return Map(experiment, "experts-domain49", "domain49", [layer], 13, $"Use of experts by fine domain, layer {layer}",
            $" Of all layers this is the one where the fine domains differ most (mean of the arms); all layers stand in the tables.");
    }

    private static Figure Map(Experiment experiment, string name, string scheme, IReadOnlyList<int> layers, int rowHeight, string title, string note = "")
    {
        // Experts have no names that hold across seeds, so one seed is shown and none are averaged.
        var seed = experiment.Of(experiment.Baseline)[0].Seed;
        var shown = experiment.Arms.Select(arm => experiment.Of(arm).FirstOrDefault(run => run.Seed == seed) ?? experiment.Of(arm)[0]).ToList();
        var rows = shown.SelectMany(run => run.Activations.Where(row => row.Scheme == scheme && layers.Contains(row.Layer))
            .Select(row => new { arm = run.Arm, layer = $"layer {row.Layer}", domain = row.Domain, expert = row.Expert, probability = row.MeanProbability })).ToList();
        var experts = rows.Max(row => row.expert) + 1;
        var domains = rows.Select(row => row.domain).Distinct();
        var width = Math.Clamp(220 / experts, 7, 26);
        var facets = layers.Count == 1
            ? $$"""{"column": {"field": "arm", "title": null, "sort": {{VegaLite.Json(experiment.Arms)}}, "header": {"labelFontSize": 14} } }"""
            : $$"""{"column": {"field": "arm", "title": null, "sort": {{VegaLite.Json(experiment.Arms)}}, "header": {"labelFontSize": 14} }, "row": {"field": "layer", "title": null, "sort": {{VegaLite.Json(layers.Select(layer => $"layer {layer}"))}}, "header": {"labelAngle": -90, "labelFontSize": 13} } }""";
        return new Figure(
            name,
            title,
            $"Each cell is the router's probability of an expert, averaged over the held-out sequences of a domain (seed {seed}). With no preference every cell would be 1/{experts} = "
            + $"{Format.Number(1.0 / experts, 3)}; rows that look alike mean that the domains share experts. Experts are numbered anew in every run, so a column of one arm has nothing to do with that of another." + note,
            $$"""
            {
              "$schema": "{{VegaLite.Schema}}", "config": {{VegaLite.Config}},
              "title": "{{title}}",
              "data": {"values": {{VegaLite.Json(rows)}} },
              "facet": {{facets}},
              "spacing": 14,
              "spec": {
                "width": {"step": {{width}} }, "height": {"step": {{rowHeight}} },
                "mark": {"type": "rect"},
                "encoding": {
                  "x": {"field": "expert", "type": "ordinal", "title": "expert", "axis": {"labelAngle": 0, "labelOverlap": true, "ticks": false, "domain": false} },
                  "y": {"field": "domain", "type": "nominal", "title": null, "sort": {{VegaLite.Json(domains)}}, "axis": {"labelFontSize": {{(rowHeight < 20 ? 11 : 13)}}, "labelLimit": 260, "ticks": false, "domain": false} },
                  "color": {"field": "probability", "type": "quantitative", "title": ["mean router", "probability"], "scale": {"scheme": "viridis", "domainMin": 0}, "legend": {"gradientLength": 160, "tickCount": 4} }
                }
              }
            }
            """);
    }
}
