namespace ExpertDivergence.Reporting;

/// <summary>Training loss by arm: its course, and the difference to the baseline on the same sequences.</summary>
internal static class LossCurves
{
    public static Figure Of(Experiment experiment)
    {
        var curves = experiment.Runs.SelectMany(run => run.Curve.Select(row => new { arm = run.Arm, seed = run.Seed, step = row.Step, loss = row.LmLoss }));
        var differences = experiment.Others.SelectMany(arm => experiment.Of(arm)).SelectMany(run =>
        {
            var baseline = experiment.Of(experiment.Baseline).FirstOrDefault(other => other.Seed == run.Seed)?.Curve.ToDictionary(row => row.Step, row => row.LmLoss) ?? [];
            return run.Curve.Where(row => baseline.ContainsKey(row.Step))
                .Select(row => new { arm = run.Arm, seed = run.Seed, step = row.Step, difference = row.LmLoss - baseline[row.Step] });
        }).ToList();
        var colour = $$"""{"field": "arm", "type": "nominal", "title": "arm", "scale": {{VegaLite.ColourScale(experiment.Arms)}}, "legend": {"symbolOpacity": 1} }""";
        var step = """{"field": "step", "type": "quantitative", "title": "training step", "scale": {"nice": false}, "axis": {"format": "d", "tickMinStep": 1} }""";
        var lower = differences.Count == 0 ? "" : $$"""
            , {
              "width": 620, "height": 190,
              "title": "Difference to {{experiment.Baseline}} on the same sequences",
              "data": {"values": {{VegaLite.Json(differences)}} },
              "layer": [
                {"mark": {"type": "rule", "color": "#444444"}, "encoding": {"y": {"datum": 0} } },
                {"mark": {"type": "line", "strokeWidth": 1, "opacity": 0.35},
                 "encoding": {"x": {{step}}, "y": {"field": "difference", "type": "quantitative", "title": "difference (nats/token)"}, "color": {{colour}}, "detail": {"field": "seed"} } },
                {"mark": {"type": "line", "strokeWidth": 2.5},
                 "encoding": {"x": {{step}}, "y": {"field": "difference", "type": "quantitative", "aggregate": "mean"}, "color": {{colour}} } }
              ]
            }
            """;
        return new Figure(
            "loss-curves",
            "Training loss by arm",
            "Above: the language model's loss on the training batches. Thick lines are the mean over seeds, thin ones single seeds. "
            + $"Below: the same loss minus that of {experiment.Baseline} at the same step of the same seed, that is, on the same sequences; below 0 the arm is ahead.",
            $$"""
            {
              "$schema": "{{VegaLite.Schema}}", "config": {{VegaLite.Config}}, "spacing": 24,
              "vconcat": [
                {
                  "width": 620, "height": 260,
                  "title": "Training loss",
                  "data": {"values": {{VegaLite.Json(curves)}} },
                  "layer": [
                    {"mark": {"type": "line", "strokeWidth": 1, "opacity": 0.35},
                     "encoding": {"x": {{step}}, "y": {"field": "loss", "type": "quantitative", "title": "loss (nats/token)", "scale": {"zero": false} }, "color": {{colour}}, "detail": {"field": "seed"} } },
                    {"mark": {"type": "line", "strokeWidth": 2.5},
                     "encoding": {"x": {{step}}, "y": {"field": "loss", "type": "quantitative", "aggregate": "mean"}, "color": {{colour}} } }
                  ]
                }{{lower}}
              ]
            }
            """);
    }
}
