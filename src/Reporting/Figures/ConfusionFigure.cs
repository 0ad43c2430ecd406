namespace ExpertDivergence.Reporting;

/// <summary>A confusion matrix as a map of cells.</summary>
public static class ConfusionFigure
{
    /// <summary>Draws shares of each truth.</summary>
    /// <param name="name">File name without extension.</param>
    /// <param name="method">What predicted.</param>
    /// <param name="classes">Rows and columns.</param>
    /// <param name="count">Documents by truth and prediction.</param>
    public static Figure Of(string name, string method, IReadOnlyList<string> classes, Func<string, string, long> count)
    {
        var rows = classes.Select(t => (Truth: t, Total: classes.Sum(p => count(t, p)))).Where(t => t.Total > 0)
            .SelectMany(t => classes.Select(p => new { truth = t.Truth, prediction = p, share = (double)count(t.Truth, p) / t.Total }))
            .Where(r => r.share > 0);
        var size = classes.Count > 10 ? 15 : 60;
        return new Figure(name, $"Confusion of the labeller {method}", "Each row sums to one: the share of a domain's documents that was taken for each domain.",
            $$"""
            {
              "$schema": "{{VegaLite.Schema}}", "config": {{VegaLite.Config}},
              "title": "Labeller {{method}}: truth and prediction",
              "data": {"values": {{VegaLite.Json(rows)}} },
              "width": {"step": {{size}} }, "height": {"step": {{size}} },
              "mark": {"type": "rect"},
              "encoding": {
                "x": {"field": "prediction", "type": "nominal", "title": "prediction", "sort": {{VegaLite.Json(classes)}}, "axis": {"labelAngle": -90, "labelLimit": 260} },
                "y": {"field": "truth", "type": "nominal", "title": "truth", "sort": {{VegaLite.Json(classes)}}, "axis": {"labelLimit": 260} },
                "color": {"field": "share", "type": "quantitative", "title": "share of truth", "scale": {"scheme": "viridis", "domain": [0, 1]} }
              }
            }
            """);
    }
}
