using System.Text.Json;

namespace ExpertDivergence.Reporting;

/// <summary>What all charts share.</summary>
internal static class VegaLite
{
    /// <summary>Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), dark grey for the baseline.</summary>
    private static readonly string[] s_palette = ["#444444", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    private static readonly string[] s_shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke"];

    public const string Schema = "https://vega.github.io/schema/vega-lite/v6.json";

    /// <summary>Readable sizes on a white ground.</summary>
    public const string Config = """
        {
          "background": "white",
          "font": "DejaVu Sans, Helvetica, Arial, sans-serif",
          "padding": 12,
          "axis": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal", "gridColor": "#e4e4e4", "titlePadding": 8},
          "legend": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal", "symbolStrokeWidth": 3},
          "header": {"labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal"},
          "title": {"fontSize": 15, "fontWeight": "bold", "anchor": "start", "offset": 14},
          "view": {"stroke": "#cccccc"}
        }
        """;

    /// <summary>Any value as JSON.</summary>
    public static string Json(object value) => JsonSerializer.Serialize(value, Core.JsonFormat.Compact);

    /// <summary>One colour an arm, the baseline's first.</summary>
    public static string ColourScale(IReadOnlyList<string> arms) => Scale(arms, s_palette);

    /// <summary>One mark an arm, so that colour does not carry the meaning alone.</summary>
    public static string ShapeScale(IReadOnlyList<string> arms) => Scale(arms, s_shapes);

    private static string Scale(IReadOnlyList<string> arms, string[] values) =>
        Json(new { domain = arms, range = arms.Select((_, at) => values[at % values.Length]) });
}
