using System.Text;
using System.Text.RegularExpressions;
using Markdig;

namespace ExpertDivergence.Reporting;

/// <summary>Turns the Markdown report into one HTML file that needs no other: its figures are inside.</summary>
internal static partial class HtmlPage
{
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers().Build();

    public static string Of(string title, string markdown, string folder)
    {
        var body = FigureSource().Replace(Markdown.ToHtml(markdown, s_pipeline), match =>
        {
            var file = Path.Combine(folder, match.Groups[1].Value);
            return File.Exists(file) ? $"src=\"data:image/svg+xml;base64,{Convert.ToBase64String(File.ReadAllBytes(file))}\"" : match.Value;
        });
        return new StringBuilder(Templates.Text("page.html"))
            .Replace("{{title}}", System.Net.WebUtility.HtmlEncode(title))
            .Replace("{{body}}", body)
            .ToString();
    }

    [GeneratedRegex("src=\"(figures/[^\"]+\\.svg)\"")]
    private static partial Regex FigureSource();
}
