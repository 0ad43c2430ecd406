using System.Xml.Linq;
using ExpertDivergence.Core;
using ExpertDivergence.Reporting;
using Shouldly;
using Xunit;

namespace ExpertDivergence.Tests.Unit.Reporting;

public class FigureRendererTests
{
    [Fact]
    public void Every_figure_is_drawn_with_title_and_units()
    {
        using var results = new SyntheticResults();
        var folder = Directory.CreateTempSubdirectory("edl-figures-out-").FullName;
        try
        {
            ReportBuilder.Write(results.Input, folder, SilentProgress.Instance, TestContext.Current.CancellationToken);
            var texts = Directory.GetFiles(Path.Combine(folder, "figures")).ToDictionary(
                path => Path.GetFileName(path), path => string.Join('\n', XDocument.Load(path).Descendants().Where(node => node.Name.LocalName == "text").Select(node => node.Value)));
            texts.Keys.ShouldBe(["loss-curves.svg", "heldout-difference.svg", "divergence-by-layer.svg", "experts-domain3.svg", "experts-domain49.svg"], ignoreOrder: true);
            texts["loss-curves.svg"].ShouldContain("loss (nats/token)");
            texts["loss-curves.svg"].ShouldContain("training step");
            texts["heldout-difference.svg"].ShouldContain("difference (bits per byte)");
            texts["divergence-by-layer.svg"].ShouldContain("mean pairwise JSD (nats)");
            texts["experts-domain49.svg"].ShouldContain("zh/travel");
            File.ReadAllText(Path.Combine(folder, "report.md")).ShouldContain("(figures/experts-domain49.svg)");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_specification_that_cannot_be_drawn_is_told_not_hidden() =>
        FigureRenderer.Render([new Figure("broken", "t", "c", "{ this is no JSON")], Path.GetTempPath(), TestContext.Current.CancellationToken)
            .ShouldNotBeNull().ShouldStartWith("The figures are left out: drawing them with `node` failed (SyntaxError");
}
