using ExpertDivergence.Core;
using HandlebarsDotNet;

namespace ExpertDivergence.Reporting;

/// <summary>Makes the report: tables as CSV, figures as SVG, the text as Markdown and as one HTML file.</summary>
public static class ReportBuilder
{
    private static readonly Lazy<HandlebarsTemplate<object, object>> s_template = new(Compile);

    /// <summary>Writes <c>report.md</c>, <c>report.html</c>, <c>tables/</c> and <c>figures/</c>.</summary>
    /// <param name="input">Folders of finished stages and what no file of theirs says.</param>
    /// <param name="folder">Where to write; made if it is not there.</param>
    /// <param name="progress">Told the runs read, and of figures that could not be drawn.</param>
    /// <param name="cancellation">Ends the work; what is written by then is not a report.</param>
    /// <exception cref="OptionException">The input contradicts itself.</exception>
    /// <exception cref="InputException">A file of a stage is missing or damaged.</exception>
    public static void Write(ReportInput input, string folder, IProgressListener progress, CancellationToken cancellation = default) =>
        Write(input, folder, progress, (figures, target) => FigureRenderer.Render(figures, target, cancellation), cancellation);

    internal static void Write(
        ReportInput input, string folder, IProgressListener progress, Func<IReadOnlyList<Figure>, string, string?> render, CancellationToken cancellation = default)
    {
        var experiment = Experiment.Read(input, progress, cancellation);
        Directory.CreateDirectory(Path.Combine(folder, "figures"));
        var content = new ReportContent(experiment, new TableFolder(folder));
        var missing = render(content.Figures, Path.Combine(folder, "figures"));
        if (missing is not null)
            progress.Note(missing);

        var markdown = s_template.Value(content.Model(missing));
        File.WriteAllText(Path.Combine(folder, "report.md"), markdown);
        File.WriteAllText(Path.Combine(folder, "report.html"), HtmlPage.Of(input.Question, markdown, folder));
    }

    private static HandlebarsTemplate<object, object> Compile()
    {
        // Markdown, not HTML: nothing is escaped here.
        var handlebars = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true });
        handlebars.RegisterTemplate("table", Templates.Text("table.md.hbs"));
        handlebars.RegisterTemplate("figure", Templates.Text("figure.md.hbs"));
        return handlebars.Compile(Templates.Text("report.md.hbs"));
    }
}
