namespace ExpertDivergence.Reporting;

/// <summary>Held-out bits per byte, arm minus baseline, overall and by coarse domain, with intervals.</summary>
internal static class HeldOutDifferences
{
    public static Figure? Of(Experiment experiment, HeldOutSection heldOut)
    {
        var domains = heldOut.Domains("domain3").ToList();
        var places = new[] { (Scheme: "overall", Domain: heldOut.OverallDomain, Label: "overall") }.Concat(domains.Select(domain => ("domain3", domain, domain))).ToList();
        var found = places.SelectMany(place => experiment.Others.Select(arm => (place.Item3, arm, Bits: heldOut.Bits(arm, place.Item1, place.Item2))))
            .Where(row => row.Bits.Difference is not null).ToList();
        if (found.Count == 0)
            return null;
        var means = found.Select(row => new
        {
            domain = row.Item1,
            row.arm,
            mean = row.Bits.Difference!.Mean,
            // A single seed has no interval: the point stands alone.
            low = row.Bits.Difference.Count < 2 ? row.Bits.Difference.Mean : row.Bits.Difference.Mean - row.Bits.Difference.HalfWidth(),
            high = row.Bits.Difference.Count < 2 ? row.Bits.Difference.Mean : row.Bits.Difference.Mean + row.Bits.Difference.HalfWidth(),
        });
        var seeds = found.SelectMany(row => row.Bits.Pairs.Select(pair => new { domain = row.Item1, row.arm, difference = pair }));
        var others = experiment.Arms;
        var colour = $$"""{"field": "arm", "type": "nominal", "title": "arm", "scale": {{VegaLite.ColourScale(others)}}, "legend": {"values": {{VegaLite.Json(experiment.Others)}} } }""";
        var y = $$"""{"field": "domain", "type": "nominal", "title": null, "sort": {{VegaLite.Json(places.Select(place => place.Item3))}}, "axis": {"labelFontSize": 13} }""";
        var offset = $$"""{"field": "arm", "sort": {{VegaLite.Json(experiment.Others)}} }""";
        return new Figure(
            "heldout-difference",
            $"Held-out bits per byte: difference to {experiment.Baseline}",
            $"Left of 0 the arm predicts held-out text better than {experiment.Baseline}. The large mark is the mean over seeds, its bar the 95 % t-interval of the difference paired by seed, "
            + "small white circles are single seeds. Where a bar crosses 0, nothing can be said.",
            $$"""
            {
              "$schema": "{{VegaLite.Schema}}", "config": {{VegaLite.Config}},
              "title": "Held-out text: difference to {{experiment.Baseline}}",
              "width": 560, "height": {"step": 22},
              "layer": [
                {"data": {"values": [{}]}, "mark": {"type": "rule", "color": "#444444"}, "encoding": {"x": {"datum": 0} } },
                {"data": {"values": {{VegaLite.Json(means)}} },
                 "mark": {"type": "rule", "strokeWidth": 2.5},
                 "encoding": {"x": {"field": "low", "type": "quantitative", "title": "difference (bits per byte)", "axis": {"tickCount": 7} }, "x2": {"field": "high"}, "y": {{y}}, "yOffset": {{offset}}, "color": {{colour}} } },
                {"data": {"values": {{VegaLite.Json(means)}} },
                 "mark": {"type": "point", "filled": true, "size": 110, "opacity": 1},
                 "encoding": {"x": {"field": "mean", "type": "quantitative"}, "y": {{y}}, "yOffset": {{offset}}, "color": {{colour}},
                              "shape": {"field": "arm", "type": "nominal", "scale": {{VegaLite.ShapeScale(others)}}, "legend": {"values": {{VegaLite.Json(experiment.Others)}} } } } },
                {"data": {"values": {{VegaLite.Json(seeds)}} },
                 "mark": {"type": "point", "filled": true, "size": 26, "shape": "circle", "fill": "white", "stroke": "black", "strokeWidth": 1, "opacity": 1},
                 "encoding": {"x": {"field": "difference", "type": "quantitative"}, "y": {{y}}, "yOffset": {{offset}} } }
              ]
            }
            """);
    }
}
